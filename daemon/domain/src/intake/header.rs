//! Which column of a file is which field.
//!
//! Lives here: choosing between columns, the explicit mapping, names for variables. Must not
//! live here: the vocabulary (`fields`), presets of one vendor, reading rows.

use super::fields::{DOUBTFUL, Field, Guess, WORDS, guess};
use super::problem::FileProblem;
use super::safety::number_words;
use super::text::{clean, compact, short, variable_name, words};
use super::{evidence, headerless, propstream};
use frontdesk_shared::contact::Channel;
use std::collections::{BTreeMap, HashSet};

/// Most columns a file may have.
pub const MAX_COLUMNS: usize = 100;
/// Most rows above the header.
const TITLES: usize = 10;

/// One column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Its header, or `column 3` where the file has none.
    pub header: String,
    /// What it holds.
    pub field: Field,
    /// The variable's name; for fields their word.
    pub key: String,
    /// For phones: lower is tried first.
    pub rank: u8,
    /// For a phone: the columns that say whether it may be called.
    pub marks: Vec<usize>,
    /// For refusal and consent: the channels spoken of; empty is all.
    pub channels: Vec<Channel>,
    /// For a mark: the words that name its number.
    pub(super) stem: Vec<String>,
}

/// The columns of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// From left to right.
    pub list: Vec<Column>,
    /// Order in which a row's cells are used: the country, which repairs of numbers depend on,
    /// then phones, the best one leading.
    pub order: Vec<usize>,
    /// Fields a row must have at least: up to the last column with a name.
    pub least: usize,
    /// Whether the first row is a header.
    pub header: bool,
    /// Rows with something in them above the header.
    pub titles: usize,
    /// Country the kind of file implies.
    pub country: Option<&'static str>,
    /// What a person should know about the columns.
    pub notes: Vec<String>,
}

impl Columns {
    /// Header and field of every column, for a preview. Variables read `variable: name`.
    pub fn describe(&self) -> Vec<(String, String)> {
        let field = |c: &Column| match c.field {
            Field::Variable => format!("variable: {}", c.key),
            Field::DoNotCall if !c.channels.is_empty() && !c.channels.contains(&Channel::AiVoice) => {
                let word =
                    |c: &Channel| if *c == Channel::Sms { Field::DoNotText } else { Field::DoNotEmail };
                let words: Vec<&str> = c.channels.iter().map(|c| word(c).word()).collect();
                words.join(", ")
            }
            f => f.word().to_string(),
        };
        self.list.iter().map(|c| (c.header.clone(), field(c))).collect()
    }

    /// Columns of a file whose first rows are given; `region` is the country that numbers without
    /// one are read in.
    pub fn find(
        rows: &[Vec<String>],
        mapping: &BTreeMap<String, String>,
        region: Option<&str>,
    ) -> Result<Self, FileProblem> {
        let chosen = Mapping::read(mapping)?;
        let titles = titles(rows, &chosen);
        let (first, sample) = match rows.get(titles..) {
            Some([first, sample @ ..]) => (first.as_slice(), sample),
            _ => (&[][..], &[][..]),
        };
        if first.len() > MAX_COLUMNS {
            return Err(FileProblem::TooManyColumns { found: first.len(), most: MAX_COLUMNS });
        }
        let header = !headerless::is_data(first) || first.iter().any(|cell| chosen.of(cell).is_some());
        let mut columns = if header {
            Self::named(first, &chosen)
        } else {
            let names: Vec<String> = (1..=first.len()).map(|n| format!("column {n}")).collect();
            let told = names.iter().any(|n| chosen.of(n) == Some(Field::Phone));
            let fields = headerless::guess_all(first, sample, region, told)?;
            let mut found = Self {
                notes: vec!["no header row; columns are told by their content".into()],
                ..Self::default()
            };
            for (name, field) in names.iter().zip(fields) {
                let rank = u8::from(chosen.of(name).is_none()) * 4;
                found.add(name, plain_guess(chosen.of(name).unwrap_or(field), rank));
            }
            found
        };
        columns.header = header;
        columns.titles = titles;
        if titles > 0 {
            columns.notes.push(format!("{titles} rows above the header were passed over"));
        }
        let missing: Vec<&String> = chosen.headers.keys().filter(|h| !columns.has(h)).collect();
        for header in missing {
            let header = short(header, 60);
            columns.notes.push(format!("the mapping names a column “{header}” that the file does not have"));
        }
        if columns.country.is_none() {
            columns.country = evidence::country_of(&columns.list, sample);
        }
        columns.finish().answered()?.with_phone()
    }

    /// Columns for the keys of one JSON object.
    ///
    /// # Errors
    /// A key that smells of refusal or consent and is not understood.
    pub fn of_keys(keys: &[String], mapping: &Mapping) -> Result<Self, FileProblem> {
        let mut columns = Self::named(keys, mapping);
        for column in columns.list.iter_mut().filter(|c| c.field == Field::Unclear) {
            // What an object of consent says beside what is known makes it doubtful.
            if column.header.starts_with("consent.") {
                column.field = Field::ConsentOther;
            }
        }
        columns.finish().answered()
    }

    /// Whether any column decides if somebody may be contacted.
    pub fn has_safety(&self) -> bool {
        self.list.iter().any(|c| c.field.is_safety())
    }

    /// Headers nobody will read: dropped by the mapping, or without a name.
    pub fn ignored(&self) -> impl Iterator<Item = &str> {
        self.list.iter().filter(|c| c.field == Field::Ignore).map(|c| c.header.as_str())
    }

    /// Stops where a header smells of refusal or consent and is not understood.
    fn answered(self) -> Result<Self, FileProblem> {
        let unclear: Vec<String> =
            self.list.iter().filter(|c| c.field == Field::Unclear).map(|c| short(&c.header, 60)).collect();
        match unclear.first() {
            None => Ok(self),
            Some(first) => {
                Err(FileProblem::Question { columns: unclear.join("”, “"), example: first.clone() })
            }
        }
    }

    fn named(first: &[String], chosen: &Mapping) -> Self {
        let mut columns = Self::default();
        let preset = propstream::recognise(first);
        if preset {
            columns.country = Some(propstream::COUNTRY);
            columns.notes.push("read as a PropStream export".to_string());
        }
        // Chosen columns are placed first, so that a guess never takes a field from them.
        let mut placed: Vec<(usize, Column)> = Vec::new();
        for explicit in [true, false] {
            for (i, cell) in first.iter().enumerate() {
                let header = clean(cell);
                let choice = chosen.of(&header);
                if choice.is_some() != explicit {
                    continue;
                }
                let guessed = guess(&header);
                let vendor = if preset { propstream::field(&header) } else { None };
                let field = choice.or(vendor).unwrap_or(guessed.field);
                let rank = if explicit { 0 } else { guessed.rank + 4 };
                columns.add(&header, Guess { field, rank, ..guessed });
                placed.extend(columns.list.pop().map(|c| (i, c)));
            }
        }
        placed.sort_by_key(|(i, _)| *i);
        columns.list = placed.into_iter().map(|(_, c)| c).collect();
        columns
    }

    fn has(&self, header: &str) -> bool {
        self.list.iter().any(|c| c.header == header || compact(&c.header) == compact(header))
    }

    fn add(&mut self, header: &str, guess: Guess) {
        let Guess { field, rank, channels, stem } = guess;
        let (field, channels, stem) = match field.refused() {
            Some(channel) => (Field::DoNotCall, vec![channel], Vec::new()),
            None => (field, channels, stem),
        };
        let (header, key) = (header.to_string(), String::new());
        self.list.push(Column { header, field, key, rank, marks: Vec::new(), channels, stem });
    }

    /// Settles what depends on all columns together.
    fn finish(mut self) -> Self {
        self.names_by_neighbours();
        self.doubtful_owners();
        self.one_column_per_field();
        self.name_variables();
        self.pair_dnc();
        let named = self.list.iter().rposition(|c| !c.header.is_empty());
        self.least = named.map_or(self.list.len(), |i| i + 1);
        let mut order: Vec<usize> =
            (0..self.list.len()).filter(|i| self.list[*i].field != Field::Ignore).collect();
        let turn = |field| match field {
            Field::Country | Field::DialCode | Field::State | Field::Postcode => 0,
            Field::Phone => 1,
            _ => 2,
        };
        order.sort_by_key(|i| (turn(self.list[*i].field), self.list[*i].rank, *i));
        self.order = order;
        self
    }

    /// Refuses a file none of whose columns is a phone. A list of mail addresses that says who refused
    /// is read for that.
    fn with_phone(self) -> Result<Self, FileProblem> {
        let has = |field: fn(Field) -> bool| self.list.iter().any(|c| field(c.field));
        if has(|f| f == Field::Phone) || has(|f| f == Field::Email) && has(Field::is_safety) {
            return Ok(self);
        }
        let headers: Vec<String> = self.list.iter().map(|c| short(&c.header, 40)).collect();
        let example = headers.first().cloned().unwrap_or_default();
        Err(FileProblem::NoPhone { columns: short(&headers.join(", "), 400), example })
    }

    /// `Name` beside `Vorname` is the family name, `Nombre` beside `Apellidos` the first name.
    fn names_by_neighbours(&mut self) {
        let has = |list: &[Column], field| list.iter().any(|c| c.field == field);
        let foreign = self
            .list
            .iter()
            .any(|c| ["vorname", "prenom", "voornaam"].contains(&compact(&c.header).as_str()));
        let (first, last) = (has(&self.list, Field::FirstName), has(&self.list, Field::LastName));
        for column in self.list.iter_mut().filter(|c| c.field == Field::Name) {
            match compact(&column.header).as_str() {
                "name" | "nom" | "naam" if foreign && !last => column.field = Field::LastName,
                "nombre" | "nome" if last && !first => column.field = Field::FirstName,
                _ => {}
            }
        }
    }

    /// The first column of a field is it (chosen before guessed); the others become variables.
    fn one_column_per_field(&mut self) {
        let mut taken = HashSet::new();
        let mut by_rank: Vec<usize> = (0..self.list.len()).collect();
        by_rank.sort_by_key(|i| self.list[*i].rank);
        for i in by_rank {
            let field = self.list[i].field;
            if !field.many() && !taken.insert(field) {
                let header = &self.list[i].header;
                self.notes.push(format!(
                    "“{}” is a second column for {}; kept as a variable",
                    short(header, 60),
                    field.word()
                ));
                self.list[i].field = Field::Variable;
            }
        }
    }

    fn name_variables(&mut self) {
        let mut taken: HashSet<String> = HashSet::new();
        for (i, column) in self.list.iter_mut().enumerate() {
            column.key = match column.field {
                Field::Variable => unique(&variable_name(&column.header), i + 1, &mut taken),
                Field::PhoneDnc | Field::DoNotCall => variable_name(&column.header),
                Field::Status => unique(&variable_name(&column.header), i + 1, &mut taken),
                field => field.word().to_string(),
            };
        }
    }

    /// The user's phone is the lead's only where no other is.
    fn doubtful_owners(&mut self) {
        let better = self.list.iter().any(|c| c.field == Field::Phone && c.rank < DOUBTFUL);
        if !better {
            return;
        }
        for column in self.list.iter_mut().filter(|c| c.field == Field::Phone && c.rank >= DOUBTFUL) {
            column.field = Field::Variable;
            let header = short(&column.header, 60);
            self.notes.push(format!("“{header}” may be somebody else's phone; kept as a variable"));
        }
    }

    /// `Phone 1` and `Phone 1 DNC` belong together; a mark without its phone is about the person.
    fn pair_dnc(&mut self) {
        let number = |c: &Column| number_words(&words(&c.header));
        for mark in 0..self.list.len() {
            if self.list[mark].field != Field::PhoneDnc {
                continue;
            }
            let mut stem = self.list[mark].stem.clone();
            if stem.is_empty() {
                stem = number(&self.list[mark]);
            }
            let named = |c: &Column| c.field == Field::Phone && !stem.is_empty() && number(c) == stem;
            let phones: Vec<usize> = (0..self.list.len()).filter(|i| named(&self.list[*i])).collect();
            if phones.is_empty() {
                self.list[mark].field = Field::DoNotCall;
            }
            for phone in phones {
                self.list[phone].marks.push(mark);
            }
        }
    }
}

/// Rows above the header: titles and dates some programs write there. The header is the first row
/// that names a phone; where none of the first rows does, it is the first.
fn titles(rows: &[Vec<String>], chosen: &Mapping) -> usize {
    let names_phone = |row: &Vec<String>| {
        !headerless::is_data(row)
            && row
                .iter()
                .any(|cell| chosen.of(cell).unwrap_or_else(|| guess(&clean(cell)).field) == Field::Phone)
    };
    let filled = |row: &Vec<String>| row.iter().filter(|cell| !cell.trim().is_empty()).count();
    let found = rows.iter().take(TITLES + 1).position(|row| headerless::is_data(row) || names_phone(row));
    match found {
        // A title holds a cell or two; a header of something else is no title.
        Some(at) if names_phone(&rows[at]) && rows[..at].iter().all(|row| filled(row) <= 2) => at,
        _ => 0,
    }
}

fn plain_guess(field: Field, rank: u8) -> Guess {
    Guess { field, rank, channels: Vec::new(), stem: Vec::new() }
}

/// A name no other variable has.
fn unique(name: &str, number: usize, taken: &mut HashSet<String>) -> String {
    let base = if name.is_empty() { format!("column_{number}") } else { name.to_string() };
    let mut name = base.clone();
    let mut n = 2;
    while !taken.insert(name.clone()) {
        name = format!("{base}_{n}");
        n += 1;
    }
    name
}

/// The explicit mapping, checked.
pub struct Mapping {
    headers: BTreeMap<String, Field>,
    folded: BTreeMap<String, Field>,
}

impl Mapping {
    /// Checks the field names.
    pub fn read(mapping: &BTreeMap<String, String>) -> Result<Self, FileProblem> {
        let mut headers = BTreeMap::new();
        let mut unknown = Vec::new();
        for (header, word) in mapping {
            match Field::parse(word) {
                Some(field) => drop(headers.insert(header.trim().to_string(), field)),
                None => unknown.push(format!("“{}” (for column “{}”)", short(word, 40), short(header, 60))),
            }
        }
        if unknown.is_empty() {
            let folded =
                headers.iter().map(|(h, f)| (compact(h), *f)).filter(|(h, _)| !h.is_empty()).collect();
            return Ok(Self { headers, folded });
        }
        let known: Vec<&str> = WORDS.iter().map(|(_, w)| *w).collect();
        Err(FileProblem::Mapping(format!(
            "no field is called {}; fields are: {}",
            unknown.join(", "),
            known.join(", ")
        )))
    }

    /// The field chosen for a header.
    pub fn of(&self, header: &str) -> Option<Field> {
        if self.headers.is_empty() {
            return None;
        }
        self.headers.get(header.trim()).or_else(|| self.folded.get(&compact(header))).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(header: &str, mapping: &[(&str, &str)]) -> Result<Columns, FileProblem> {
        let first: Vec<String> = header.split(',').map(ToString::to_string).collect();
        Columns::find(&[first], &mapping.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect(), None)
    }

    fn fields(header: &str, mapping: &[(&str, &str)]) -> Vec<String> {
        find(header, mapping).expect("columns").describe().into_iter().map(|(_, f)| f).collect()
    }

    #[test]
    fn guesses_over_whole_headers() {
        let cases: [(&str, &[&str]); 6] = [
            ("Name,Vorname,Telefon,PLZ", &["last_name", "first_name", "phone", "postcode"]),
            ("Nombre,Apellidos,Teléfono", &["first_name", "last_name", "phone"]),
            (
                "name,phone,name,email,Email 2",
                &["name", "phone", "variable: name", "email", "variable: email_2"],
            ),
            (
                "phone,x,x,,",
                &["phone", "variable: x", "variable: x_2", "variable: column_4", "variable: column_5"],
            ),
            ("Phone 1,Phone 1 DNC,Phone 2,DNC", &["phone", "phone_dnc", "phone", "do_not_call"]),
            ("Landline,Phone,Cell", &["phone", "phone", "phone"]),
        ];
        for (header, want) in cases {
            assert_eq!(fields(header, &[]), want, "{header}");
        }
        let columns = find("Landline,Phone,Cell", &[]).expect("columns");
        assert_eq!(columns.order, [2, 1, 0]);
        assert_eq!(find("phone,a,,", &[]).expect("columns").least, 2);
    }

    #[test]
    fn an_explicit_mapping_wins() {
        let map = [("Landline", "phone"), ("name", "ignore"), ("X", "First Name"), ("gone", "email")];
        let columns = find("name,Landline,Cell,x", &map).expect("columns");
        let got: Vec<_> = columns.list.iter().map(|c| c.field).collect();
        assert_eq!(got, [Field::Ignore, Field::Phone, Field::Phone, Field::FirstName]);
        assert_eq!(columns.order[..2], [1, 2]);
        assert!(columns.notes.iter().any(|n| n.contains("gone")));
        let map = [("b", "email")];
        assert_eq!(fields("phone,email,b", &map), ["phone", "variable: email", "email"]);
    }

    #[test]
    fn problems_name_what_to_do() {
        let reason = find("phone,b", &[("b", "telefax")]).expect_err("unknown").to_string();
        assert!(reason.contains("telefax") && reason.contains("consent_at"), "{reason}");
        let reason = find("a,b", &[]).expect_err("no phone").to_string();
        assert!(reason.contains("a, b") && reason.contains("phone"), "{reason}");
        let wide = |n: usize| format!("phone{}", ",x".repeat(n - 1));
        assert!(find(&wide(100), &[]).is_ok());
        assert!(matches!(find(&wide(101), &[]), Err(FileProblem::TooManyColumns { found: 101, most: 100 })));
    }
}
