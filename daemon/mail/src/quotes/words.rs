//! The words mail programs write around a quote, in the languages they speak.
//!
//! Tables only; all in lower case, blanks single. Must not live here: rules.

/// What an introduction says somebody did: the verb of `On … she wrote:`.
pub(super) const WROTE: &[&str] = &[
    // English, German, French, Spanish
    "wrote", "writes", "schrieb", "geschrieben", "schreibt", "a écrit", "a ecrit", "écrit", "escribió", "escribio",
    "ha escrito", "escribía",
    // Italian, Portuguese, Dutch, Polish
    "ha scritto", "scritto", "escreveu", "escreve", "schreef", "geschreven", "napisał", "napisał(a)", "napisała",
    "napisal(a)", "napisal", "pisze", "napisana przez",
    // Scandinavian, Finnish, Baltic
    "skrev", "har skrevet", "kirjoitti", "kirjutas", "rakstīja", "rašė",
    // Eastern and southern Europe
    "написал", "написал(а)", "написала", "пишет", "пише", "написав", "napsal", "napsal(a)", "napísal", "napísal(a)",
    "írta", "ezt írta", "a scris", "je napisao", "napisao", "je napisal/-a", "έγραψε", "yazdı", "şunu yazdı",
    // Further east
    "写道", "寫道", "さんは書きました", "のメール", "님이 작성", "đã viết", "menulis", "כתב", "كتب", "เขียนว่า",
];

/// Words an introduction begins with, before the date.
pub(super) const OPENINGS: &[&str] = &[
    "on", "am", "le", "el", "il", "lo", "op", "em", "no dia", "na", "w dniu", "dnia", "den", "den", "på", "il giorno",
    "a(z)", "dne", "dňa", "în", "la", "am:", "al", "às", "a las", "de:", "date:", "wiadomość napisana przez", "у", "в",
    "на", "στις", "vào", "pada", "em:", "in data", "le:", "il:", "the", "ngày", "tarihinde", "kl", "pe",
];

/// Days, as programs begin a date with them.
pub(super) const DAYS: &[&str] = &[
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so", "lun", "mar", "mer",
    "jeu", "ven", "sam", "dim", "mié", "jue", "vie", "sáb", "dom", "gio", "sab", "seg", "ter", "qua", "qui", "sex",
    "ma", "wo", "vr", "za", "zo", "pon", "pt", "wt", "śr", "czw", "sob", "niedz", "ndz", "tor", "fre", "lör", "sön",
    "lør", "søn", "man", "tir", "ons", "пн", "вт", "ср", "чт", "пт", "сб", "вс", "po", "út", "st", "čt", "pá", "ne",
];

/// What a header's label stands for, once it is part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    From,
    Date,
    To,
    Subject,
    Other,
}

/// Labels of header lines.
pub(super) const LABELS: &[(&str, Label)] = &[
    ("from", Label::From), ("von", Label::From), ("de", Label::From), ("da", Label::From), ("van", Label::From),
    ("od", Label::From), ("fra", Label::From), ("från", Label::From), ("lähettäjä", Label::From), ("от", Label::From),
    ("від", Label::From), ("feladó", Label::From), ("kimden", Label::From), ("gönderen", Label::From),
    ("από", Label::From), ("发件人", Label::From), ("寄件者", Label::From), ("差出人", Label::From),
    ("送信者", Label::From), ("보낸 사람", Label::From), ("expéditeur", Label::From), ("remitente", Label::From),
    ("mittente", Label::From), ("remetente", Label::From), ("nadawca", Label::From), ("afzender", Label::From),
    ("absender", Label::From), ("odesílatel", Label::From), ("sender", Label::From), ("dari", Label::From),
    ("sent", Label::Date), ("date", Label::Date), ("gesendet", Label::Date), ("gesendet am", Label::Date),
    ("datum", Label::Date), ("envoyé", Label::Date), ("envoyé le", Label::Date), ("enviado", Label::Date),
    ("enviado el", Label::Date), ("enviado em", Label::Date), ("enviada", Label::Date), ("enviada em", Label::Date),
    ("fecha", Label::Date), ("data", Label::Date), ("inviato", Label::Date), ("inviato il", Label::Date),
    ("verzonden", Label::Date), ("verzonden op", Label::Date), ("wysłano", Label::Date), ("wysłane", Label::Date),
    ("data wysłania", Label::Date), ("sendt", Label::Date), ("dato", Label::Date), ("skickat", Label::Date),
    ("lähetetty", Label::Date), ("päivämäärä", Label::Date), ("отправлено", Label::Date), ("дата", Label::Date),
    ("odesláno", Label::Date), ("elküldve", Label::Date), ("gönderme tarihi", Label::Date), ("tarih", Label::Date),
    ("发送时间", Label::Date), ("日期", Label::Date), ("寄件日期", Label::Date), ("送信日時", Label::Date),
    ("日時", Label::Date), ("보낸 날짜", Label::Date), ("sent at", Label::Date), ("date/heure", Label::Date),
    ("to", Label::To), ("an", Label::To), ("à", Label::To), ("a", Label::To), ("para", Label::To), ("aan", Label::To),
    ("do", Label::To), ("til", Label::To), ("till", Label::To), ("vastaanottaja", Label::To), ("кому", Label::To),
    ("komu", Label::To), ("címzett", Label::To), ("kime", Label::To), ("alıcı", Label::To), ("收件人", Label::To),
    ("收件者", Label::To), ("宛先", Label::To), ("받는 사람", Label::To), ("destinataire", Label::To),
    ("destinatario", Label::To), ("empfänger", Label::To), ("adresat", Label::To), ("ontvanger", Label::To),
    ("subject", Label::Subject), ("betreff", Label::Subject), ("objet", Label::Subject), ("asunto", Label::Subject),
    ("oggetto", Label::Subject), ("assunto", Label::Subject), ("onderwerp", Label::Subject), ("temat", Label::Subject),
    ("emne", Label::Subject), ("ämne", Label::Subject), ("aihe", Label::Subject), ("тема", Label::Subject),
    ("主题", Label::Subject), ("主旨", Label::Subject), ("件名", Label::Subject), ("제목", Label::Subject),
    ("předmět", Label::Subject), ("tárgy", Label::Subject), ("konu", Label::Subject), ("sujet", Label::Subject),
    ("cc", Label::Other), ("kopie", Label::Other), ("kopi", Label::Other), ("dw", Label::Other), ("bcc", Label::Other),
    ("copie à", Label::Other), ("copia", Label::Other), ("抄送", Label::Other), ("копия", Label::Other),
    ("reply-to", Label::Other), ("antwort an", Label::Other), ("répondre à", Label::Other),
    ("importance", Label::Other), ("priority", Label::Other), ("attachments", Label::Other), ("cco", Label::Other),
    ("ccn", Label::Other), ("odpowiedz do", Label::Other), ("responder a", Label::Other), ("kopia", Label::Other),
    ("wichtigkeit", Label::Other), ("anlagen", Label::Other), ("message-id", Label::Other),
];

/// What stands between the strokes of a dividing line.
pub(super) const DIVIDERS: &[&str] = &[
    "original message", "original mail", "original e-mail", "forwarded message", "reply message",
    "ursprüngliche nachricht", "originalnachricht", "original-nachricht", "originale nachricht",
    "weitergeleitete nachricht", "weitergeleitete e-mail", "message d'origine", "message d’origine",
    "message original", "message initial", "message transféré", "message transmis", "mensaje original",
    "mensaje reenviado", "mensaje anterior", "messaggio originale", "messaggio inoltrato", "mensagem original",
    "mensagem encaminhada", "mensagem reencaminhada", "mensagem anterior", "oorspronkelijk bericht",
    "origineel bericht", "oorspronkelijke bericht", "doorgestuurd bericht", "oryginalna wiadomość",
    "wiadomość oryginalna", "pierwotna wiadomość", "wiadomość przekazana", "przekazana wiadomość",
    "treść przekazanej wiadomości", "original meddelelse", "oprindelig meddelelse", "videresendt meddelelse",
    "ursprungligt meddelande", "originalmeddelande", "vidarebefordrat meddelande", "alkuperäinen viesti",
    "исходное сообщение", "пересылаемое сообщение", "původní zpráva", "eredeti üzenet", "orijinal ileti",
    "原始邮件", "邮件原件", "转发的邮件", "元のメッセージ", "원본 메시지", "begin forwarded message",
    "anfang der weitergeleiteten nachricht", "début du message transféré", "début du message réexpédié",
    "inicio del mensaje reenviado", "inizio messaggio inoltrato", "início da mensagem encaminhada",
    "begin doorgestuurd bericht", "początek przekazywanej wiadomości",
];

/// What a telephone's program signs with, before the name of the device or the program.
pub(super) const SENT_FROM: &[&str] = &[
    "sent from my", "sent from", "sent via", "sent with", "sent using", "get outlook for", "von meinem", "von meiner",
    "gesendet von", "gesendet mit", "diese nachricht wurde von meinem", "hol dir outlook für",
    "holen sie sich outlook für", "outlook für", "envoyé de mon", "envoyé depuis mon", "envoyé depuis", "envoyé à partir de",
    "envoyé avec", "obtenez outlook pour", "télécharger outlook pour", "enviado desde mi", "enviado desde",
    "enviado con", "obtener outlook para", "obtén outlook para", "inviato da", "inviato dal mio", "inviato con",
    "ottieni outlook per", "scarica outlook per", "enviado do meu", "enviado a partir do meu", "enviado do", "enviado de",
    "obter o outlook para", "obtenha o outlook para", "baixe o outlook para", "verzonden vanaf mijn", "verstuurd vanaf mijn",
    "verzonden met", "verzonden vanaf", "outlook downloaden voor", "outlook voor", "wysłane z", "wysłano z",
    "wysłane za pomocą", "pobierz program outlook dla", "pobierz outlook dla", "skickat från min", "sendt fra min",
    "lähetetty", "отправлено с", "odesláno z", "iphone'umdan gönderildi", "发自我的", "iphoneから送信",
];

/// Devices and programs, one of which must stand in such a line.
pub(super) const DEVICES: &[&str] = &[
    "iphone", "ipad", "android", "samsung", "galaxy", "huawei", "xiaomi", "pixel", "oneplus", "nokia", "sony",
    "motorola", "blackberry", "windows phone", "mobil", "mobile", "smartphone", "handy", "tablet", "outlook", "mail",
    "gmail", "yahoo", "proton", "gmx", "web.de", "t-online", "thunderbird", "spark", "móvil", "movil", "celular",
    "téléphone", "telefone", "telefono", "telefon", "telefoon", "ios", "cellphone", "phone", "aplikacji", "apple watch",
    "mac", "orange", "free.fr", "libero", "onet", "interia", "wp poczta", "ziggo", "kpn", "telemóvel", "k-9",
];

/// Words of the paragraph lawyers append; two of them make one.
pub(super) const DISCLAIMERS: &[&str] = &[
    "confidential", "intended recipient", "intended solely", "addressee", "privileged", "notify the sender",
    "received this e", "delete it", "virus", "registered in england", "registered office", "company number",
    "consider the environment", "before printing", "vertraulich", "bestimmungsgemäße", "nicht der richtige adressat",
    "irrtümlich erhalten", "unverzüglich", "vernichten", "umwelt", "ausdrucken", "geschäftsführer", "handelsregister",
    "amtsgericht", "ust-id", "confidentiel", "destinataire", "par erreur", "expéditeur", "veuillez", "détruire",
    "environnement", "imprimer", "siret", "confidencial", "destinatario", "por error", "eliminarlo", "medio ambiente",
    "imprimir", "notifique", "riservate", "riservato", "destinatari", "per errore", "mittente", "cancellarlo", "ambiente",
    "stampare", "destinatário", "por engano", "remetente", "elimine", "meio ambiente", "vertrouwelijk", "geadresseerde",
    "ontvangen", "afzender", "verwijderen", "milieu", "kvk", "poufna", "poufne", "adresatem", "omyłkowo", "nadawcę",
    "usunięcie", "środowisko", "drukowaniem", "krs", "nip",
];

/// A person's hint that the answers stand in what is quoted.
pub(super) const ANSWERS_BELOW: &[&str] = &[
    "see below", "answers below", "answered below", "comments below", "replies below", "my answers", "in red",
    "in blue", "in green", "inline", "in-line", "in line below", "answers in the text", "in rot", "in blau", "in grün",
    "siehe unten", "s.u.", "antworten unten", "direkt im text", "unten im text", "meine antworten", "ci-dessous",
    "en rouge", "en bleu", "mes réponses", "plus bas", "más abajo", "en rojo", "en azul", "mis respuestas",
    "abajo en", "respondo abajo", "in rosso", "in blu", "qui sotto", "di seguito", "le mie risposte", "abaixo",
    "em vermelho", "a vermelho", "em azul", "minhas respostas", "hieronder", "in het rood", "in rood", "in het blauw",
    "mijn antwoorden", "poniżej", "na czerwono", "na niebiesko", "moje odpowiedzi", "w tekście",
];

/// Words only a person writes about a person: with one of them, a line is no program's.
pub(super) const PERSONAL: &[&str] = &[
    "i wrote", "you wrote", "we wrote", "ich schrieb", "schrieb ich", "ich schon", "sie schrieben", "wir schrieben", "j'ai écrit", "j’ai écrit",
    "vous avez écrit", "escribí", "ho scritto", "hai scritto", "escrevi", "ik schreef", "schreef ik", "napisałem", "napisałam",
    "my ", "your ", "mein ", "meine ", "mon ", "ma ", "mi ", "mio ", "mia ", "meu ", "minha ", "mijn ", "mój ", "moja ",
];
