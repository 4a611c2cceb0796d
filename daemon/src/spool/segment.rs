//! One file of the spool: frames of length, hash and record, only ever appended to.
//!
//! A frame is 4 bytes of length, 32 bytes of blake3 over length and record, the record. What a
//! power cut tore off is no frame and was never acknowledged. Must not live here: which file is
//! written or read next, and what a record means to anybody.

use frontdesk_shared::Millis;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

const LENGTH: usize = 4;
const HEAD: usize = LENGTH + 32;
/// The longest record: more than any body the server takes. A longer length is damage.
const MAX_RECORD: usize = 128 * 1024 * 1024;
/// Version of the record's form, before everything else; below zero, where older records have
/// their time.
const VERSION: i64 = -2;
/// Bytes of a record beside provider, address and body: version, time, two lengths.
const FIXED: usize = 8 + 8 + 1 + 2;

/// A verified delivery that waits for the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it came in.
    pub at: Millis,
    /// Who sent it, by the word stored with its deliveries.
    pub provider: String,
    /// What the path or query it came by adds to its body.
    pub agent: String,
    /// The bytes as received.
    pub body: Vec<u8>,
}

impl Record {
    /// The record as it stands in a file.
    pub(super) fn frame(&self) -> io::Result<Vec<u8>> {
        let agent = u16::try_from(self.agent.len()).map_err(io::Error::other)?;
        let provider = u8::try_from(self.provider.len()).map_err(io::Error::other)?;
        let size = FIXED + self.provider.len() + self.agent.len() + self.body.len();
        if size > MAX_RECORD {
            return Err(io::Error::other("the body is too large for the spool"));
        }
        let length = u32::try_from(size).map_err(io::Error::other)?.to_le_bytes();
        let mut record = Vec::with_capacity(size);
        record.extend(VERSION.to_le_bytes());
        record.extend(self.at.0.to_le_bytes());
        record.push(provider);
        record.extend(self.provider.as_bytes());
        record.extend(agent.to_le_bytes());
        record.extend(self.agent.as_bytes());
        record.extend(&self.body);
        let mut frame = Vec::with_capacity(HEAD + size);
        frame.extend(length);
        frame.extend(digest(length, &record).as_bytes());
        frame.extend(record);
        Ok(frame)
    }

    fn parse(record: &[u8]) -> Option<Self> {
        let (version, rest) = record.split_first_chunk::<8>()?;
        let version = i64::from_le_bytes(*version);
        if version > 0 {
            // Written by a program that knew one provider and no versions: it began with the time.
            let (agent, body) = addressed(rest)?;
            return Some(Self { at: Millis(version), provider: String::new(), agent, body: body.to_vec() });
        }
        if version != VERSION {
            return None;
        }
        let (at, rest) = rest.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first()?;
        let (provider, rest) = rest.split_at_checked(usize::from(*length))?;
        let provider = std::str::from_utf8(provider).ok()?.to_owned();
        let (agent, body) = addressed(rest)?;
        Some(Self { at: Millis(i64::from_le_bytes(*at)), provider, agent, body: body.to_vec() })
    }
}

/// A text of 16-bit length, and what follows it.
fn addressed(rest: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (text, body) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    Some((std::str::from_utf8(text).ok()?.to_owned(), body))
}

fn digest(length: [u8; LENGTH], record: &[u8]) -> blake3::Hash {
    let mut hash = blake3::Hasher::new();
    hash.update(&length).update(record);
    hash.finalize()
}

/// What stands at a place of a file.
#[derive(Debug)]
pub(super) enum Found {
    /// A record, and where the next one begins.
    Record(Record, u64),
    /// The file ends here.
    End,
    /// The file ends within a frame.
    Torn,
    /// A whole frame that is not what was written.
    Damaged,
}

/// A file of the spool.
#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    file: File,
    /// Where the next frame goes; everything before it is durable.
    pub(super) end: u64,
    /// Frames in it that are not done.
    pub(super) left: u64,
}

impl Segment {
    /// A new file, for its owner alone.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = File::options().read(true).append(true).create_new(true).mode(0o600).open(&path)?;
        // The file's name must survive a power cut as well as its content.
        if let Some(dir) = path.parent() {
            File::open(dir)?.sync_all()?;
        }
        Ok(Self { path, file, end: 0, left: 0 })
    }

    /// A file of a former life. What is unreadable at its end is cut off; how many bytes that
    /// were, and whether they were whole frames: then the file is first copied for a person.
    pub(super) fn reopen(path: PathBuf) -> io::Result<(Self, Lost)> {
        let file = File::options().read(true).append(true).open(&path)?;
        let size = file.metadata()?.len();
        let mut segment = Self { path, file, end: size, left: 0 };
        let mut at = 0;
        let damaged = loop {
            match segment.read(at)? {
                Found::Record(_, next) => {
                    segment.left += 1;
                    at = next;
                }
                Found::End | Found::Torn => break false,
                Found::Damaged => break true,
            }
        };
        let lost = Lost { bytes: size - at, damaged };
        if damaged {
            segment.copy_aside()?;
        }
        if lost.bytes > 0 {
            segment.cut(at)?;
        }
        Ok((segment, lost))
    }

    /// Keeps a copy beside the spool, which the spool itself never touches again.
    pub(super) fn copy_aside(&self) -> io::Result<()> {
        std::fs::copy(&self.path, self.path.with_extension("damaged")).map(drop)
    }

    /// Forgets everything from `at`.
    pub(super) fn cut(&mut self, at: u64) -> io::Result<()> {
        self.file.set_len(at)?;
        self.file.sync_all()?;
        self.end = at;
        Ok(())
    }

    /// Appends frames and makes them durable; nothing of them stays when that fails.
    pub(super) fn append(&mut self, frames: &[u8], count: u64) -> io::Result<()> {
        let written = self.file.write_all(frames).and_then(|()| self.file.sync_data());
        if let Err(e) = written {
            // Should even this fail: a frame that nobody was answered for is applied once more
            // or not at all, and neither does harm.
            let _ = self.cut(self.end);
            return Err(e);
        }
        self.end += frames.len() as u64;
        self.left += count;
        Ok(())
    }

    /// What stands at `at`.
    pub(super) fn read(&self, at: u64) -> io::Result<Found> {
        let left = self.end - at.min(self.end);
        if left == 0 {
            return Ok(Found::End);
        }
        if left < HEAD as u64 {
            return Ok(Found::Torn);
        }
        let mut head = [0; HEAD];
        self.file.read_exact_at(&mut head, at)?;
        let Some((length, hash)) = head.split_first_chunk::<LENGTH>() else { return Ok(Found::Damaged) };
        let size = u32::from_le_bytes(*length) as usize;
        if size > MAX_RECORD {
            return Ok(Found::Damaged);
        }
        if left - (HEAD as u64) < size as u64 {
            return Ok(Found::Torn);
        }
        let mut record = vec![0; size];
        self.file.read_exact_at(&mut record, at + HEAD as u64)?;
        if digest(*length, &record).as_bytes() != hash {
            return Ok(Found::Damaged);
        }
        let next = at + (HEAD + size) as u64;
        Ok(Record::parse(&record).map_or(Found::Damaged, |record| Found::Record(record, next)))
    }

    /// Removes the file.
    pub(super) fn remove(&self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// What could not be read of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lost {
    /// How much.
    pub(super) bytes: u64,
    /// Whether these were whole frames once.
    pub(super) damaged: bool,
}
