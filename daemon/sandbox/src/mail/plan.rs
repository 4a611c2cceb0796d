//! What an address makes happen: the part of it after the last plus sign is an order.
//!
//! ```text
//! ann+550-5.1.1@example.com           refused when the recipient is named
//! ann+data-554-5.7.1@example.com      refused after the message
//! ann+421@example.com                 refused, and the conversation ends
//! ann+greylist@example.com            refused once, then taken
//! ann+drop-before-data@example.com    the connection ends before the message
//! ann+drop-after-data@example.com     the message is taken, and the connection ends unanswered
//! ```
//!
//! Anything else after a plus sign is part of the name.

/// What happens to a message to one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// It is taken.
    Take,
    /// The recipient is refused.
    Refuse(Reply),
    /// The message is refused once it is there.
    RefuseContent(Reply),
    /// The recipient is refused the first time.
    Greylist,
    /// The connection ends when the message is about to be sent.
    DropBeforeData,
    /// The connection ends after the message, which was taken.
    DropAfterData,
}

/// A negative reply: its code and its enhanced code (RFC 3463).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// 400 to 599.
    pub code: u16,
    /// As in `5.1.1`.
    pub detail: Option<(u16, u16, u16)>,
}

impl Plan {
    /// The plan for an address.
    pub fn of(address: &str) -> Self {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        let Some((_, order)) = local.rsplit_once('+') else { return Self::Take };
        let order = order.to_ascii_lowercase();
        match order.as_str() {
            "greylist" => Self::Greylist,
            "drop-before-data" => Self::DropBeforeData,
            "drop-after-data" => Self::DropAfterData,
            order => match (order.strip_prefix("data-").and_then(Reply::read), Reply::read(order)) {
                (Some(reply), _) => Self::RefuseContent(reply),
                (None, Some(reply)) => Self::Refuse(reply),
                (None, None) => Self::Take,
            },
        }
    }
}

impl Reply {
    /// Reads `550` or `550-5.1.1`.
    fn read(order: &str) -> Option<Self> {
        let (code, detail) = match order.split_once('-') {
            Some((code, detail)) => (code, Some(detail)),
            None => (order, None),
        };
        let code: u16 = code.parse().ok().filter(|code| (400..600).contains(code))?;
        let detail = match detail {
            None => None,
            Some(text) => {
                let mut numbers = text.split('.').map(|part| part.parse::<u16>().ok().filter(|n| *n < 1_000));
                let detail = (numbers.next()??, numbers.next()??, numbers.next()??);
                if numbers.next().is_some() {
                    return None;
                }
                Some(detail)
            }
        };
        Some(Self { code, detail })
    }

    /// The line as a server writes it, in the words servers use for the best known codes.
    pub(super) fn line(self) -> String {
        let words = match (self.code, self.detail) {
            (_, Some((_, 1, 1 | 10))) => "The email account that you tried to reach does not exist",
            (_, Some((_, 2, 2))) => "The recipient's inbox is out of storage space",
            (_, Some((_, 4, 5))) => "Daily user sending limit exceeded",
            (_, Some((_, 7, _))) => "Message rejected by policy",
            (421, _) => "Service not available, closing transmission channel",
            (450 | 451, _) => "Requested action aborted, try again later",
            _ => "Requested action not taken",
        };
        match self.detail {
            Some((class, subject, detail)) => format!("{} {class}.{subject}.{detail} {words}", self.code),
            None => format!("{} {words}", self.code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_in_addresses() {
        let reply = |code, detail| Reply { code, detail };
        let cases = [
            ("ann@example.com", Plan::Take),
            ("ann+newsletter@example.com", Plan::Take),
            ("ann+7700@example.com", Plan::Take),
            ("ann+550-5.1@example.com", Plan::Take),
            ("ann+550-5.1.1.1@example.com", Plan::Take),
            ("ann+550-5.1.1@example.com", Plan::Refuse(reply(550, Some((5, 1, 1))))),
            ("ann+x+421@example.com", Plan::Refuse(reply(421, None))),
            ("ann+Data-554-5.7.1@example.com", Plan::RefuseContent(reply(554, Some((5, 7, 1))))),
            ("ann+greylist@example.com", Plan::Greylist),
            ("ann+drop-before-data@example.com", Plan::DropBeforeData),
            ("ann+drop-after-data@example.com", Plan::DropAfterData),
            ("ann+421", Plan::Refuse(reply(421, None))),
            ("", Plan::Take),
        ];
        for (address, plan) in cases {
            assert_eq!(Plan::of(address), plan, "{address}");
        }
        assert_eq!(reply(550, Some((5, 4, 5))).line(), "550 5.4.5 Daily user sending limit exceeded");
    }
}
