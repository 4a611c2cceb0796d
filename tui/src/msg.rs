//! What reaches the model, and what the model wants done.

use crate::keys::Key;
use crate::link::{LinkMsg, Request, RequestId};
use frontdesk_shared::import::ImportSpec;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(u16, u16),
    /// The link has something to tell.
    Link(LinkMsg),
    /// File names that begin with this text.
    Names(String, Vec<String>),
    /// An instant came that the model waited for.
    Tick,
}

/// Something to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cmd {
    /// Ask the daemon.
    Call(RequestId, Request),
    /// Send it a file.
    Upload(RequestId, String, ImportSpec),
    /// Stop sending it.
    DropUpload(RequestId),
    /// List file names that begin with this text.
    Names(String),
    /// Put text into the terminal's clipboard.
    Copy(String),
    /// Paint everything anew.
    Redraw,
    /// Stop until the shell continues us.
    Suspend,
    /// Leave.
    Quit,
}
