//! The text of a statement that is put together at run time.
//!
//! Only `&'static str` can be appended as SQL; everything that came from outside can only become
//! a numbered parameter. That is the whole protection, so nothing here may take a `String`.

use crate::Value;

/// A parameter that outlives the request it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Arg {
    Int(i64),
    Text(String),
}

/// SQL and its parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    sql: String,
    args: Vec<Arg>,
}

impl Text {
    pub(super) fn push(&mut self, sql: &'static str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Appends `$n` for a new parameter.
    pub(super) fn arg(&mut self, arg: Arg) -> &mut Self {
        self.args.push(arg);
        self.sql.push('$');
        self.sql.push_str(&self.args.len().to_string());
        self
    }

    /// Appends text in which every `{base}` stands for the instant the listing began.
    pub(super) fn push_with_base(&mut self, sql: &'static str, base: i64) -> &mut Self {
        for (i, piece) in sql.split("{base}").enumerate() {
            if i > 0 {
                self.arg(Arg::Int(base));
            }
            self.push(piece);
        }
        self
    }

    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    pub(super) fn values(&self) -> Vec<Value<'_>> {
        self.args
            .iter()
            .map(|arg| match arg {
                Arg::Int(i) => Value::Int(*i),
                Arg::Text(text) => Value::Text(text),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_as_they_come() {
        let mut text = Text::default();
        text.push("a = ").arg(Arg::Text("x".into())).push_with_base(" AND t > {base} AND u < {base}", 7);
        assert_eq!(text.sql(), "a = $1 AND t > $2 AND u < $3");
        assert_eq!(text.args, [Arg::Text("x".into()), Arg::Int(7), Arg::Int(7)]);
    }
}
