//! What is on the disk when somebody hears of it.
//!
//! The embedded database commits without flushing, so that only a failure of power can take away what was committed last.
//! Where that must not happen either, nothing leaves the stack before what it tells of is flushed: functions go on at once,
//! and what they say waits at the socket. Whatever was committed by then shares one flush.

use std::{
    fs::File,
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    time::{Duration, Instant},
};

use tokio::sync::watch;

/// How many flushes are timed for a figure.
const TIMED_FLUSHES: usize = 21;

/// What an acknowledged write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The end of the process, however sudden.
    #[default]
    Process,
    /// A failure of power as well.
    Power,
}

/// How far the writes of the embedded database are on the disk. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Durable {
    /// None: nobody waits for the disk.
    flusher: Option<Arc<Flusher>>,
}

#[derive(Debug)]
struct Flusher {
    /// Writes that the database has answered.
    committed: AtomicU64,
    progress: watch::Sender<Progress>,
    wake: SyncSender<()>,
}

#[derive(Debug)]
enum Progress {
    /// So many writes are on the disk.
    Flushed(u64),
    /// The disk does not take them any more. What it has of them nobody knows.
    Failed(String),
}

impl Durable {
    /// Nobody waits for the disk.
    pub(crate) fn without_flushes() -> Self {
        Self { flusher: None }
    }

    /// Flushes this file, which is what the database appends its commits to.
    ///
    /// # Errors
    /// When it cannot be opened, its entry in its folder cannot be flushed, or there is no thread.
    pub(crate) fn by_flushing(file: &Path) -> io::Result<Self> {
        let opened = File::open(file)?;
        File::open(file.parent().unwrap_or(Path::new("/")))?.sync_all()?;
        let (wake, woken) = mpsc::sync_channel(1);
        let flusher =
            Flusher { committed: AtomicU64::new(0), progress: watch::Sender::new(Progress::Flushed(0)), wake };
        let flusher = Arc::new(flusher);
        // The thread ends with the last who could wake it.
        let weak = Arc::downgrade(&flusher);
        let flush = move || opened.sync_data();
        std::thread::Builder::new().name("flush".to_owned()).spawn(move || {
            run(&woken, flush, || weak.upgrade());
        })?;
        Ok(Self { flusher: Some(flusher) })
    }

    /// Counts a write that the database has answered.
    pub(crate) fn committed(&self) {
        if let Some(flusher) = &self.flusher {
            flusher.committed.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Returns when everything that was committed before is on the disk. Never, once the disk has failed.
    pub(crate) async fn reached(&self) {
        let Some(flusher) = &self.flusher else { return };
        let wanted = flusher.committed.load(Ordering::SeqCst);
        if flusher.has(wanted) {
            return;
        }
        // Cancel-safe: a flush that nobody waits for any more changes nothing.
        let mut progress = flusher.progress.subscribe();
        // Full: a flush is asked for already that has not looked yet how much there is.
        let _ = flusher.wake.try_send(());
        // The sender is ours, so that waiting cannot fail.
        let _ = progress.wait_for(|progress| progress.reaches(wanted)).await;
    }

    /// Returns, with the reason, when the disk has failed.
    pub(crate) async fn failed(&self) -> String {
        let Some(flusher) = &self.flusher else { return std::future::pending().await };
        let mut progress = flusher.progress.subscribe();
        let failed = progress.wait_for(|progress| matches!(progress, Progress::Failed(_))).await;
        match failed.as_deref() {
            Ok(Progress::Failed(reason)) => reason.clone(),
            Ok(Progress::Flushed(_)) | Err(_) => unreachable!("it was waited for, and the sender is ours"),
        }
    }
}

impl Flusher {
    fn has(&self, wanted: u64) -> bool {
        self.progress.borrow().reaches(wanted)
    }
}

impl Progress {
    fn reaches(&self, wanted: u64) -> bool {
        matches!(self, Self::Flushed(flushed) if *flushed >= wanted)
    }
}

/// Flushes whenever somebody waits, until nobody is left who could.
fn run(woken: &Receiver<()>, flush: impl Fn() -> io::Result<()>, flusher: impl Fn() -> Option<Arc<Flusher>>) {
    while woken.recv().is_ok() {
        let Some(flusher) = flusher() else { return };
        let committed = flusher.committed.load(Ordering::SeqCst);
        if let Err(error) = flush() {
            // After an error, a later success says nothing about what was lost.
            tracing::error!(%error, "the disk does not take what was committed");
            flusher.progress.send_replace(Progress::Failed(error.to_string()));
            return;
        }
        flusher.progress.send_replace(Progress::Flushed(committed));
    }
}

/// How long one flush of a small write takes in this folder: the median of some.
///
/// # Errors
/// When nothing can be written there.
pub fn flush_time(folder: &Path) -> io::Result<Duration> {
    use std::io::Write as _;
    let mut file = tempfile::tempfile_in(folder)?;
    let mut times = Vec::with_capacity(TIMED_FLUSHES);
    for _ in 0..TIMED_FLUSHES {
        file.write_all(&[0; 4096])?;
        let begun = Instant::now();
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times[TIMED_FLUSHES / 2])
}

#[cfg(test)]
impl Durable {
    /// How many writes were counted.
    pub(crate) fn count(&self) -> u64 {
        self.flusher.as_ref().map_or(0, |flusher| flusher.committed.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Mutex;

    use futures::FutureExt as _;

    use super::*;

    /// A disk whose flushes are let through one by one.
    pub(crate) fn disk() -> (Durable, mpsc::Sender<io::Result<()>>, Arc<Mutex<u32>>) {
        let (wake, woken) = mpsc::sync_channel(1);
        let progress = watch::Sender::new(Progress::Flushed(0));
        let flusher = Arc::new(Flusher { committed: AtomicU64::new(0), progress, wake });
        let (done, permits) = mpsc::channel();
        let count = Arc::new(Mutex::new(0));
        let (weak, counted) = (Arc::downgrade(&flusher), Arc::clone(&count));
        let flush = move || {
            *counted.lock().unwrap() += 1;
            permits.recv().unwrap_or(Ok(()))
        };
        std::thread::spawn(move || run(&woken, flush, || weak.upgrade()));
        (Durable { flusher: Some(flusher) }, done, count)
    }

    /// Returns when the first flush has begun.
    async fn begun(flushes: &Mutex<u32>) {
        while *flushes.lock().unwrap() == 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_what_is_on_the_disk_already() {
        let (durable, done, flushes) = disk();
        assert!(durable.reached().now_or_never().is_some(), "nothing was written");
        durable.committed();
        done.send(Ok(())).unwrap();
        durable.reached().await;
        assert!(durable.reached().now_or_never().is_some());
        assert_eq!(*flushes.lock().unwrap(), 1);
    }

    #[tokio::test]
    async fn what_is_written_during_a_flush_waits_for_the_next_one() {
        let (durable, done, flushes) = disk();
        durable.committed();
        let mut first = Box::pin(durable.reached());
        assert!(futures::poll!(&mut first).is_pending());
        begun(&flushes).await;
        durable.committed();
        let mut second = Box::pin(durable.reached());
        assert!(futures::poll!(&mut second).is_pending());
        done.send(Ok(())).unwrap();
        first.await;
        assert!(futures::poll!(&mut second).is_pending(), "the flush had begun before the write");
        done.send(Ok(())).unwrap();
        second.await;
    }

    #[tokio::test]
    async fn many_share_one_flush() {
        let (durable, done, flushes) = disk();
        durable.committed();
        let mut first = Box::pin(durable.reached());
        assert!(futures::poll!(&mut first).is_pending());
        begun(&flushes).await;
        let waiting: Vec<_> = (0..100)
            .map(|_| {
                durable.committed();
                let durable = durable.clone();
                tokio::spawn(async move { durable.reached().await })
            })
            .collect();
        tokio::task::yield_now().await;
        done.send(Ok(())).unwrap();
        done.send(Ok(())).unwrap();
        first.await;
        futures::future::join_all(waiting).await;
        assert_eq!(*flushes.lock().unwrap(), 2);
    }

    #[tokio::test]
    async fn nothing_is_told_after_the_disk_has_failed() {
        let (durable, done, _) = disk();
        durable.committed();
        done.send(Err(io::Error::other("no space"))).unwrap();
        let mut told = Box::pin(durable.reached());
        assert!(futures::poll!(&mut told).is_pending());
        assert_eq!(durable.failed().await, "no space");
        assert!(futures::poll!(&mut told).is_pending());
    }

    #[tokio::test]
    async fn a_file_is_flushed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("commits");
        std::fs::write(&file, "one").unwrap();
        let durable = Durable::by_flushing(&file).unwrap();
        durable.committed();
        durable.reached().await;
        assert!(flush_time(folder.path()).unwrap() > Duration::ZERO);
    }
}
