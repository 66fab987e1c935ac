//! The end of a file that an earlier export left behind.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
};

/// How much is read at once, from the end towards the beginning.
const STEP_BYTES: u64 = 64 * 1024;

/// How every line begins.
const BEGINNING: &[u8] = br#"{"Item":{"#;

/// The end of what is whole in a file.
pub(super) struct End {
    /// The last whole line, without its end; none when there is no whole line.
    pub(super) line: Option<String>,
    /// Where it ends.
    at: u64,
}

impl End {
    /// Looks for the end. Changes nothing.
    ///
    /// # Errors
    /// When the file cannot be read, or is no export.
    pub(super) fn of(file: &mut File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let Some(end) = line_end_before(file, length)? else {
            let mut beginning = Vec::new();
            file.rewind()?;
            file.take(BEGINNING.len() as u64).read_to_end(&mut beginning)?;
            // A file that is something else must not be cut.
            let is_ours = BEGINNING.starts_with(&beginning);
            return if is_ours { Ok(Self { line: None, at: 0 }) } else { Err(other("this is no export")) };
        };
        let begin = line_end_before(file, end)?.map_or(0, |end| end + 1);
        let mut line = vec![0; usize::try_from(end - begin).map_err(other)?];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(&mut line)?;
        Ok(Self { line: Some(String::from_utf8(line).map_err(other)?), at: end + 1 })
    }

    /// Cuts off the broken line after it, and goes there.
    ///
    /// # Errors
    /// When the file cannot be changed.
    pub(super) fn cut(&self, file: &mut File) -> io::Result<()> {
        file.set_len(self.at)?;
        file.seek(SeekFrom::Start(self.at)).map(drop)
    }
}

fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Where the last end of a line before `before` is.
fn line_end_before(file: &mut File, before: u64) -> io::Result<Option<u64>> {
    let mut end = before;
    let mut step = Vec::new();
    while end > 0 {
        let begin = end.saturating_sub(STEP_BYTES);
        step.resize(usize::try_from(end - begin).map_err(other)?, 0);
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(&mut step)?;
        if let Some(at) = step.iter().rposition(|byte| *byte == b'\n') {
            return Ok(Some(begin + at as u64));
        }
        end = begin;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn resumed(text: &str) -> (Option<String>, String) {
        let mut file = tempfile::tempfile().expect("a file can be made");
        file.write_all(text.as_bytes()).expect("it can be written");
        let end = End::of(&mut file).expect("it can be read");
        end.cut(&mut file).expect("it can be cut");
        file.write_all(b"more").expect("it can be written");
        let mut left = String::new();
        file.rewind().expect("it can be read");
        file.read_to_string(&mut left).expect("it is text");
        (end.line, left)
    }

    #[test]
    fn a_broken_last_line_is_cut_off() {
        let long = "x".repeat(200_000);
        assert_eq!(resumed(""), (None, "more".to_owned()));
        assert_eq!(resumed(r#"{"It"#), (None, "more".to_owned()));
        assert_eq!(resumed("a\n"), (Some("a".to_owned()), "a\nmore".to_owned()));
        assert_eq!(resumed("a\nb\nbrok"), (Some("b".to_owned()), "a\nb\nmore".to_owned()));
        assert_eq!(resumed(&format!("a\n{long}\n{long}")), (Some(long.clone()), format!("a\n{long}\nmore")));
    }

    #[test]
    fn a_file_that_is_no_export_is_not_cut() {
        let mut file = tempfile::tempfile().expect("a file can be made");
        file.write_all(b"a diary").expect("it can be written");
        assert!(End::of(&mut file).is_err());
        assert_eq!(file.metadata().expect("it is there").len(), 7);
    }
}
