//! Do-not-call lists: what there is and how old, and bringing one.

use super::args::Screening;
use super::{Desk, Failure, Outcome, answer};
use crate::link::context;
use crate::text;
use frontdesk_shared::rpc::{ScreeningList, ScreeningPart, ScreeningReport};
use frontdesk_shared::time::date;
use std::io::{BufRead as _, BufReader};
use std::time::Duration;

/// Bytes of lines sent at once.
const PIECE: usize = 64 * 1024;
/// Rows not understood that are printed.
const NAMED: usize = 20;
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than any closing of a whole list takes: what it replaces is forgotten meanwhile.
const CLOSING: Duration = Duration::from_secs(3_600);

/// Shows every list, or sends one.
pub(super) async fn run(desk: &mut Desk, what: Screening) -> Outcome {
    let Some(file) = what.file else { return show(desk).await };
    let (Some(list), Some(as_of)) = (what.list, what.as_of) else {
        return Err(Failure::usage("screening: --list NAME and --as-of YYYY-MM-DD say what the file is"));
    };
    let as_of = date(&as_of).ok_or_else(|| Failure::usage("screening: --as-of is a date YYYY-MM-DD"))?;
    let opened = std::fs::File::open(&file);
    let mut lines = BufReader::new(opened.map_err(|e| Failure::failed(format!("{}: {e}", file.display())))?);
    let mut part = ScreeningPart { list, as_of, whole: what.whole, text: String::new(), first_row: 1 };
    let connection = desk.connect().await?;
    let mut read = ScreeningReport::default();
    loop {
        let mut piece = Vec::new();
        while piece.len() < PIECE {
            let more = lines.read_until(b'\n', &mut piece);
            if more.map_err(|e| Failure::failed(format!("{}: {e}", file.display())))? == 0 {
                break;
            }
        }
        if piece.is_empty() {
            break;
        }
        part.text = String::from_utf8_lossy(&piece).into_owned();
        let rows = part.text.lines().count() as u64;
        read.add(answer(connection.client.screen(context(PATIENCE), part.clone()).await)?, NAMED);
        part.first_row += rows;
        desk.out.progress(&format!("{} numbers", read.rows));
    }
    part.text.clear();
    for problem in &read.problems {
        desk.out.complain(&text::clean(problem));
    }
    answer(connection.client.screened(context(CLOSING), part.clone(), read.clone()).await)?;
    if desk.json {
        return Ok(desk.out.json(&read)?);
    }
    let unread = match read.unreadable {
        0 => String::new(),
        n => format!(", {n} rows not understood"),
    };
    let (list, rows, listed) = (text::clean(&part.list), read.rows, read.listed);
    Ok(desk.out.line(&format!("{list}: {rows} numbers, {listed} on the list{unread}"))?)
}

async fn show(desk: &mut Desk) -> Outcome {
    let connection = desk.connect().await?;
    let lists = answer(connection.client.screening(context(PATIENCE)).await)?;
    if desk.json {
        return Ok(desk.out.json(&lists)?);
    }
    for list in &lists {
        desk.out.line(&text::clean(&line(list)))?;
    }
    Ok(())
}

fn line(list: &ScreeningList) -> String {
    let day = |at: frontdesk_shared::Millis| at.iso()[..10].to_owned();
    let mut words = vec![format!("{} ({})", list.name, list.countries.join(", "))];
    words.extend(list.whole_as_of.map(|at| format!("whole as of {}", day(at))));
    words.extend(list.checked_as_of.map(|at| format!("numbers checked as of {}", day(at))));
    if list.brought_at.is_none() {
        words.push("none brought yet".to_owned());
    } else if list.stale {
        words.push(format!("too old: good for {} days", list.days));
    }
    if !list.decides {
        words.push("not asked, since calls there need consent".to_owned());
    }
    words.join(" · ")
}
