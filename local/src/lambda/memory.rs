//! How much memory a process has had at most.

use std::time::{Duration, Instant};

/// Asking the system costs more than many an event, so it is not asked at every one.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// The last answer.
#[derive(Debug, Default)]
pub(super) struct Memory {
    read: Option<(Instant, Option<u64>)>,
}

impl Memory {
    /// The peak of the process's resident memory in bytes; none where the system does not tell.
    pub(super) fn read(&mut self, id: u32) -> Option<u64> {
        match self.read {
            Some((at, bytes)) if at.elapsed() < ASK_EVERY => bytes,
            Some(_) | None => {
                let bytes = peak(id);
                self.read = Some((Instant::now(), bytes));
                bytes
            }
        }
    }
}

fn peak(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * kilobytes.trim().strip_suffix(" kB")?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_has_memory() {
        let mut memory = Memory::default();
        let bytes = memory.read(std::process::id()).unwrap();
        assert!((100_000..100_000_000_000).contains(&bytes), "{bytes}");
        assert_eq!(memory.read(0), Some(bytes), "it is not asked again at once");
        assert_eq!(peak(0), None);
    }
}
