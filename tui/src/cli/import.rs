//! Importing a file, with progress on standard error.

use super::args::Import;
use super::{Desk, Failure, Outcome};
use crate::link::{Progress, upload};
use crate::model::import::ImportRun;
use crate::text;
use crate::update::import_counts;
use frontdesk_shared::import::ImportSpec;
use frontdesk_shared::rpc::ImportReport;
use tokio::sync::mpsc;

/// Refused rows printed.
const SHOWN: usize = 20;

/// Sends a file and prints what became of it. Fails when no row was usable.
pub(super) async fn run(desk: &mut Desk, import: Import) -> Outcome {
    let Some(client) = desk.client.clone() else {
        return Err(Failure::usage("import: --client KEY says whose leads these are"));
    };
    let name = import.file.file_name().map(|n| n.to_string_lossy().into_owned());
    let label = name.unwrap_or_else(|| import.file.display().to_string());
    let spec = ImportSpec {
        client,
        label: label.clone(),
        dry_run: import.dry_run,
        attest: import.attest,
        country: import.country.map(|c| c.to_uppercase()),
        mapping: import.map.into_iter().collect(),
        source: import.source,
        single: false,
    };
    let connection = desk.connect().await?;
    let mut run = ImportRun { id: 0, label, sent: (0, 0), row: None };
    let (tell, mut told) = mpsc::unbounded_channel();
    let sending = upload::send(&connection.client, &import.file, spec, move |progress| {
        let _ = tell.send(progress);
    });
    tokio::pin!(sending);
    let report = loop {
        tokio::select! {
            biased;
            Some(progress) = told.recv() => {
                match progress {
                    Progress::Sent(sent, whole) => run.sent = (sent, whole),
                    Progress::Judged(row) => run.row = Some(row),
                    Progress::Over(_) | Progress::Failed(_) => {}
                }
                desk.out.progress(&run.line());
            }
            report = &mut sending => break report.map_err(Failure::failed)?,
        }
    };
    if desk.json {
        desk.out.json(&report)?;
    } else {
        print(desk, &report)?;
    }
    match report.import.counts {
        c if c.rows > 0 && c.valid == 0 => Err(Failure::failed("no row has a usable number")),
        _ => Ok(()),
    }
}

fn print(desk: &mut Desk, report: &ImportReport) -> Outcome {
    let what = if report.import.dry_run { "judged, nothing imported" } else { "imported" };
    desk.out.line(&format!(
        "{what}: {} (import {})",
        import_counts(report.import.counts),
        report.import.id
    ))?;
    if !report.columns.is_empty() {
        let columns: Vec<String> = report.columns.iter().map(|(h, f)| format!("{h} → {f}")).collect();
        desk.out.line(&format!("columns: {}", text::clean(&columns.join(", "))))?;
    }
    for rows in [&report.rejects, &report.remarks] {
        for row in rows.iter().take(SHOWN) {
            desk.out.line(&text::clean(&format!("row {}: {}: {}", row.row, row.field, row.reason)))?;
        }
        if rows.len() > SHOWN {
            desk.out.line(&format!("… {} more; --json shows the first hundred", rows.len() - SHOWN))?;
        }
    }
    if !report.import.note.is_empty() {
        desk.out.line(&text::clean(&report.import.note))?;
    }
    Ok(())
}
