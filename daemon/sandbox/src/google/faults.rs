//! What can be made to go wrong, and how often.

use serde::{Deserialize, Serialize};

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// Making a token.
    Token,
    /// Listing events.
    List,
    /// Reading one event.
    Get,
    /// Putting one there.
    Insert,
    /// Changing one.
    Patch,
    /// Deleting one.
    Delete,
    /// Asking for busy times.
    FreeBusy,
    /// Opening a channel.
    Watch,
    /// Closing one.
    Stop,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It is refused.
    Refuse {
        /// From 400 on.
        status: u16,
        /// Google's word for why, as `quotaExceeded`; of a token request, the `error`.
        reason: String,
        /// `Retry-After`, when there is one.
        #[serde(default)]
        retry_after_s: Option<u64>,
    },
    /// It is answered after so many milliseconds.
    Delay(u64),
    /// It is read, not carried out and never answered.
    Stall,
    /// It is carried out, and the connection is closed without an answer.
    LoseAnswer,
}

/// One thing that goes wrong, the next `count` times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// To which requests; all of them when absent.
    #[serde(default)]
    pub op: Option<Op>,
    /// What happens.
    pub effect: Effect,
    /// How many times.
    #[serde(default = "once")]
    pub count: u32,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// Once, to the next request of a kind.
    pub fn next(op: Op, effect: Effect) -> Self {
        Self { op: Some(op), effect, count: 1 }
    }
}

/// The effect on a request of this kind; the count of what caused it runs down.
pub(super) fn next(faults: &mut Vec<Fault>, op: Op) -> Option<Effect> {
    faults.retain(|fault| fault.count > 0);
    let fault = faults.iter_mut().find(|fault| fault.op.is_none_or(|of| of == op))?;
    fault.count -= 1;
    Some(fault.effect.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_run_down_in_order() {
        let mut faults = vec![
            Fault::next(Op::Insert, Effect::LoseAnswer),
            Fault { op: None, effect: Effect::Stall, count: 2 },
        ];
        assert_eq!(next(&mut faults, Op::Get), Some(Effect::Stall));
        assert_eq!(next(&mut faults, Op::Insert), Some(Effect::LoseAnswer));
        assert_eq!(next(&mut faults, Op::Insert), Some(Effect::Stall));
        assert_eq!(next(&mut faults, Op::Insert), None);
    }
}
