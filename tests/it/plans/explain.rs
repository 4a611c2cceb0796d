//! The plan of a statement on either engine, and whether it reads or sorts a table that grows.
//!
//! On PostgreSQL with the store's own settings, under which a scan is the last resort, and with the
//! plan for any values; on SQLite plans depend on no values and, as nothing is analysed, on no rows.

use frontdesk_store::{Engine, Result, Tx, Value};
use std::collections::{BTreeSet, HashSet};
use std::fmt;

/// Tables that grow with what happens; the others hold a few rows for each client or provider.
const GROWING: &[&str] = &[
    "lead",
    "consent",
    "suppression",
    "contact",
    "verdict",
    "reasoning",
    "job",
    "job_key",
    "call",
    "call_text",
    "tool_call",
    "appointment",
    "webhook",
    "webhook_key",
    "event",
    "import",
    "import_reject",
    "audit",
];

/// Columns that name one person, call or job, of which there are few rows in any table.
const FEW: &[&str] = &["lead_id", "call_id", "job_id", "identity"];

/// A statement and how an engine runs it.
pub struct Plan {
    sql: String,
    lines: Vec<String>,
    engine: Engine,
    /// Indexes that hold few of a table's rows.
    partial: HashSet<String>,
}

/// What is wrong with a plan.
#[derive(Debug)]
pub struct Trouble {
    sql: String,
    what: String,
    plan: String,
}

impl Trouble {
    /// Of which statement, in one line.
    pub fn sql(&self) -> &str {
        &self.sql
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n{}\n", self.what, self.sql, self.plan)
    }
}

impl Plan {
    /// The plans of statements.
    pub fn all(tx: &mut Tx<'_>, statements: &BTreeSet<String>) -> Result<Vec<Self>> {
        let engine = tx.engine();
        let partial = match engine {
            Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'",
            Engine::Postgres => {
                "SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indpred IS NOT NULL"
            }
        };
        let partial: HashSet<String> =
            tx.all_dynamic(partial, &[], |r| r.get::<String>(0))?.into_iter().collect();
        if engine == Engine::Postgres {
            tx.batch("SET LOCAL plan_cache_mode = force_generic_plan")?;
        }
        let mut out = Vec::new();
        for sql in statements {
            let lines = match engine {
                Engine::Sqlite => {
                    let nulls = vec![Value::Null; parameters(sql)];
                    tx.all_dynamic(&format!("EXPLAIN QUERY PLAN {sql}"), &nulls, |r| r.get(3))?
                }
                Engine::Postgres => {
                    tx.batch(&format!("PREPARE looked_at AS {sql}"))?;
                    let nulls = vec!["NULL"; parameters(sql)].join(", ");
                    let run = if nulls.is_empty() { String::new() } else { format!("({nulls})") };
                    let lines =
                        tx.all_dynamic(&format!("EXPLAIN EXECUTE looked_at{run}"), &[], |r| r.get(0))?;
                    tx.batch("DEALLOCATE looked_at")?;
                    lines
                }
            };
            let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
            out.push(Self { sql, lines, engine, partial: partial.clone() });
        }
        Ok(out)
    }

    /// What is wrong with it, if anything is.
    pub fn trouble(&self) -> Option<Trouble> {
        let what = match self.engine {
            Engine::Sqlite => self.lite(),
            Engine::Postgres => self.pg(),
        }?;
        Some(Trouble { sql: self.sql.clone(), what, plan: self.lines.join("\n") })
    }

    fn lite(&self) -> Option<String> {
        let sorts = self.lines.iter().any(|l| l.starts_with("USE TEMP B-TREE") && !l.contains("LAST TERM"));
        // A page without a condition of its own ends at its last row.
        let conditions = self.sql.match_indices("WHERE ").any(|(at, word)| {
            let rest = &self.sql[at + word.len()..];
            !(rest.starts_with("TRUE ORDER") || rest.starts_with("TRUE LIMIT"))
        });
        let page = self.sql.contains(" LIMIT ") && !conditions;
        let mut reads = None;
        for line in &self.lines {
            let Some(scan) = line.strip_prefix("SCAN ") else { continue };
            let name = scan.split(' ').next().unwrap_or_default();
            let index = scan.split("INDEX ").nth(1).and_then(|i| i.split(' ').next());
            if index.is_some_and(|i| self.partial.contains(i)) || !self.grows(name) {
                continue;
            }
            if !page || sorts {
                reads = Some(format!("SQLite reads {name} from end to end"));
            }
        }
        reads.or_else(|| (sorts && self.sorts_growing()).then(|| "SQLite sorts".to_owned()))
    }

    /// Whether what is sorted comes from a table that grows and not from a partial index.
    fn sorts_growing(&self) -> bool {
        self.lines.iter().any(|line| {
            let Some(rest) = line.strip_prefix("SEARCH ").or_else(|| line.strip_prefix("SCAN ")) else {
                return false;
            };
            let name = rest.split(' ').next().unwrap_or_default();
            let index = rest.split("INDEX ").nth(1).and_then(|i| i.split(' ').next());
            let few = FEW.iter().any(|column| rest.contains(&format!("({column}=?")));
            let one = few || rest.contains("PRIMARY KEY (rowid=?)") || rest.contains("autoindex");
            self.grows(name) && !one && !index.is_some_and(|i| self.partial.contains(i))
        })
    }

    /// Whether a name in a plan is a table that grows, or stands for one in this statement.
    fn grows(&self, name: &str) -> bool {
        GROWING.iter().any(|table| {
            *table == name
                || [format!(" {table} {name} "), format!(" {table} {name},"), format!(" {table} AS {name} ")]
                    .iter()
                    .any(|alias| format!("{} ", self.sql).contains(alias))
        })
    }

    fn pg(&self) -> Option<String> {
        let nodes = Node::read(&self.lines);
        for (at, node) in nodes.iter().enumerate() {
            let Some((table, index)) = node.reads() else { continue };
            if !GROWING.contains(&table) {
                continue;
            }
            let partial = index.is_some_and(|i| self.partial.contains(i));
            let bounded = partial || node.has("Index Cond");
            let above: Vec<&Node> = node.above(at, &nodes);
            let limit = above.iter().position(|n| n.name.starts_with("Limit"));
            let below = limit.map_or(&above[..], |limit| &above[..limit]);
            let whole = below.iter().any(|n| {
                (n.name.starts_with("Sort") && !n.name.starts_with("Incremental"))
                    || n.name.contains("Aggregate")
                    || n.name.starts_with("Group")
                    || n.name.starts_with("Unique")
            });
            if !bounded && (limit.is_none() || whole || node.has("Filter")) {
                return Some(format!("PostgreSQL reads {table} from end to end"));
            }
            let unique = index.is_some_and(|i| i.ends_with("_pkey"));
            let few = node.properties.iter().any(|p| {
                p.starts_with("Index Cond:") && FEW.iter().any(|column| p.contains(&format!("({column} = ")))
            });
            let sorts = below.iter().any(|n| n.name.starts_with("Sort"));
            if sorts && !partial && !unique && !few {
                return Some(format!("PostgreSQL sorts {table}"));
            }
        }
        None
    }
}

/// How many parameters a statement has.
fn parameters(sql: &str) -> usize {
    let after = sql.split('$').skip(1);
    let digits = after.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    digits.filter_map(|number| number.parse().ok()).max().unwrap_or(0)
}

/// One step of a plan of PostgreSQL's.
struct Node {
    depth: usize,
    name: String,
    properties: Vec<String>,
}

impl Node {
    fn read(lines: &[String]) -> Vec<Self> {
        let mut nodes: Vec<Self> = Vec::new();
        for line in lines {
            let depth = line.len() - line.trim_start().len();
            let text = line.trim_start();
            let name = text.strip_prefix("->  ").or_else(|| nodes.is_empty().then_some(text));
            match (name, nodes.last_mut()) {
                (Some(name), _) => nodes.push(Self { depth, name: name.to_owned(), properties: Vec::new() }),
                (None, Some(node)) => node.properties.push(text.to_owned()),
                (None, None) => {}
            }
        }
        nodes
    }

    /// The table it reads, and by which index.
    fn reads(&self) -> Option<(&str, Option<&str>)> {
        let word = |after: &str| Some(self.name.split_once(after)?.1.split(' ').next().unwrap_or_default());
        let reads = ["Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"];
        if !reads.iter().any(|kind| self.name.starts_with(kind)) {
            return None;
        }
        Some((word(" on ")?, word(" using ")))
    }

    fn has(&self, property: &str) -> bool {
        // A bitmap is made by a step below, which has the condition; here it is checked again.
        let names = [property, if property == "Index Cond" { "Recheck Cond" } else { property }];
        self.properties.iter().any(|p| names.iter().any(|name| p.starts_with(&format!("{name}:"))))
    }

    /// The steps above it, the nearest first.
    fn above<'n>(&self, at: usize, nodes: &'n [Self]) -> Vec<&'n Self> {
        let mut depth = self.depth;
        let mut out = Vec::new();
        for node in nodes[..at].iter().rev() {
            if node.depth < depth {
                depth = node.depth;
                out.push(node);
            }
        }
        out
    }
}
