//! The figures, as the document beside the crate shows them.

use crate::corpus::Seed;
use crate::files;
use crate::learn::Example;
use crate::validate::{Folds, Tallies, harmless, tally};
use frontdesk_refusal::model::{Class, Model};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Sentences written after the corpus by somebody playing strangers; only ever measured.
const UNSEEN: [&str; 4] = ["unseen.tsv", "unseen2.tsv", "unseen3.tsv", "unseen4.tsv"];

/// The document.
pub(crate) fn write(
    seeds: &[Seed],
    examples: &[Example],
    folds: &mut Folds<'_>,
    model: &Model,
) -> Result<String, String> {
    let mut out =
        String::from("# How well refusals are heard\n\nWritten by the trainer; see `README.md`.\n\n");
    corpus(&mut out, seeds, examples).map_err(|e| e.to_string())?;
    let limits = model.thresholds;
    let text = format!(
        "Limits chosen on the folds: refused from {:.2}, unsure from {:.2}.\n\n## Folds\n\n{} sentences, \
         each judged by a model that saw no sentence of its family.\n\n",
        limits.refused,
        limits.unsure,
        folds.len()
    );
    out.push_str(&text);
    table(&mut out, &folds.tally(limits)).map_err(|e| e.to_string())?;
    for name in UNSEEN {
        let text = files::text(name)?;
        let said = unseen(&text)?;
        let heading = format!("## {name}\n\n{} sentences never trained on.\n\n", said.len());
        out.push_str(&heading);
        table(&mut out, &tally(model, said.iter().copied())).map_err(|e| e.to_string())?;
    }
    Ok(out)
}

/// The lines of a file of unseen sentences.
fn unseen(text: &str) -> Result<Vec<(Class, &str)>, String> {
    let lines = text.lines().filter(|l| !l.starts_with('#'));
    lines
        .map(|line| {
            let fields = line.split_once('\t').and_then(|(class, said)| Some((Class::parse(class)?, said)));
            fields.ok_or_else(|| format!("unseen: {line}"))
        })
        .collect()
}

fn corpus(out: &mut String, seeds: &[Seed], examples: &[Example]) -> std::fmt::Result {
    writeln!(out, "## Corpus\n\n| class | families | seeds | sentences learned |\n|---|---:|---:|---:|")?;
    for class in Class::ALL {
        let of: Vec<&Seed> = seeds.iter().filter(|s| s.class == class).collect();
        let families: BTreeSet<&str> = of.iter().map(|s| s.family.as_str()).collect();
        let grown = examples.iter().filter(|e| seeds[e.seed].class == class).count();
        writeln!(out, "| {} | {} | {} | {grown} |", class.name(), families.len(), of.len())?;
    }
    writeln!(out, "\n| language | refuse, seeds | harmless, seeds |\n|---|---:|---:|")?;
    let languages: BTreeSet<&str> = seeds.iter().map(|s| s.language.as_str()).collect();
    for language in languages {
        let count = |class| seeds.iter().filter(|s| s.language == language && s.class == class).count();
        writeln!(out, "| {language} | {} | {} |", count(Class::Refuse), count(Class::Harmless))?;
    }
    writeln!(out)
}

fn table(out: &mut String, tallies: &Tallies) -> std::fmt::Result {
    if let Some(refuse) = tallies.get(&Class::Refuse) {
        let heard = refuse.share(refuse.refused);
        let either = refuse.share(refuse.refused + refuse.held);
        writeln!(
            out,
            "- refusals heard **{heard:.1} %**, heard or held **{either:.1} %** (of {})",
            refuse.all
        )?;
    }
    let rest = harmless(tallies);
    let (suppressed, held) = (rest.share(rest.refused), rest.share(rest.held));
    writeln!(out, "- harmless suppressed **{suppressed:.1} %**, held **{held:.1} %** (of {})\n", rest.all)?;
    writeln!(
        out,
        "| class | sentences | suppressed | held or ended | as it is |\n|---|---:|---:|---:|---:|"
    )?;
    for (class, t) in tallies {
        let (refused, held, right) = (t.share(t.refused), t.share(t.held), t.share(t.right));
        writeln!(out, "| {} | {} | {refused:.1} % | {held:.1} % | {right:.1} % |", class.name(), t.all)?;
    }
    for (class, t) in tallies.iter().filter(|(_, t)| !t.wrong.is_empty()) {
        writeln!(out, "\n<details><summary>{}: {} not as they are</summary>\n", class.name(), t.wrong.len())?;
        for wrong in &t.wrong {
            writeln!(out, "- {wrong}")?;
        }
        writeln!(out, "\n</details>")?;
    }
    writeln!(out)
}
