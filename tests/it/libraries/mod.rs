//! The vendors' own client libraries against our fakes and our daemon: a fake that only our own
//! adapters were ever tried against could be wrong in the same way as they are.
//!
//! Everything here is left out, loudly, with `FRONTDESK_SKIP_PY=1`.

mod calendar_files;
mod google;
mod texts;
mod vapi;
