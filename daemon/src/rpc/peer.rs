//! Who is on the other end of the console's socket, told by the kernel.

use frontdesk_shared::action::Role;
use tokio::net::UnixStream;

/// Members of this group may act; everyone else who can open the socket may watch.
const OPERATORS: &str = "frontdesk";
/// Members of this group may also change clients and the house.
const ADMINS: &str = "frontdesk-admin";

/// An operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    /// Login name, or the uid where it has none.
    pub(super) name: String,
    /// What they may do.
    pub(super) role: Role,
}

impl Operator {
    pub(super) fn of(stream: &UnixStream) -> std::io::Result<Self> {
        let uid = stream.peer_cred()?.uid();
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
        Ok(judge(uid, own_uid(), &users, &groups))
    }
}

/// The uid this process runs as.
fn own_uid() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").ok().map(|m| m.uid())
}

/// Root and the daemon's own user may do everything: they could change the files anyway.
fn judge(uid: u32, own: Option<u32>, users: &str, groups: &str) -> Operator {
    let name = users
        .lines()
        .map(|l| l.split(':').collect::<Vec<_>>())
        .find(|f| f.get(2).is_some_and(|id| id.parse() == Ok(uid)))
        .and_then(|f| f.first().map(|n| (*n).to_owned()))
        .unwrap_or_else(|| format!("uid {uid}"));
    let member = |group: &str| {
        groups.lines().any(|l| {
            let mut fields = l.split(':');
            fields.next() == Some(group) && fields.nth(2).is_some_and(|m| m.split(',').any(|n| n == name))
        })
    };
    let role = if uid == 0 || own == Some(uid) || member(ADMINS) {
        Role::Admin
    } else if member(OPERATORS) {
        Role::Operate
    } else {
        Role::Watch
    };
    Operator { name, role }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_make_roles() {
        let users = "root:x:0:0::/:/bin/sh\nann:x:1001:1001::/:/bin/sh\nbob:x:1002:1002::/:/bin/sh\neve:x:1003:1003::/:/bin/sh\n";
        let groups = "frontdesk:x:900:ann,bob\nfrontdesk-admin:x:901:bob\n";
        let role = |uid| judge(uid, Some(500), users, groups).role;
        assert_eq!(role(0), Role::Admin);
        assert_eq!(role(500), Role::Admin);
        assert_eq!(role(1001), Role::Operate);
        assert_eq!(role(1002), Role::Admin);
        assert_eq!(role(1003), Role::Watch);
        assert_eq!(judge(4242, None, users, groups).name, "uid 4242");
    }
}
