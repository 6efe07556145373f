//! The one thread of a process that writes to the file.
//!
//! Sets that arrive while a commit is on its way to the disk gather and share the next commit: each is still checked on its
//! own against what the ones before it left, and is acknowledged only after the commit.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use tokio::sync::oneshot;

use super::super::{Expect, Fault, Refused, Write};
use super::{fault, unix_now};

/// More than the connections a service accepts, so that it is never what refuses.
const QUEUE: usize = 16_384;
const BATCH: usize = 256;
const SWEEP_EVERY: Duration = Duration::from_mins(10);

struct Job {
    writes: Vec<Write>,
    reply: oneshot::Sender<Result<(), Refused>>,
}

pub(super) struct Writer {
    queue: SyncSender<Job>,
}

impl Writer {
    /// The thread ends when the store is dropped.
    pub(super) fn start(connection: Connection) -> Self {
        let (queue, jobs) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .stack_size(512 * 1024)
            .spawn(move || run(connection, &jobs))
            .expect("the system grants one more thread at start");
        Self { queue }
    }

    pub(super) fn submit(
        &self,
        writes: Vec<Write>,
    ) -> impl Future<Output = Result<(), Refused>> + Send + 'static {
        let (reply, answer) = oneshot::channel();
        let sent = self.queue.try_send(Job { writes, reply });
        async move {
            match sent {
                Ok(()) => answer.await.unwrap_or_else(|_| {
                    Err(Fault::Broken("the store's writer ended".to_owned()).into())
                }),
                Err(TrySendError::Full(_)) => {
                    Err(Fault::Unavailable("too many writes are waiting".to_owned()).into())
                }
                Err(TrySendError::Disconnected(_)) => {
                    Err(Fault::Broken("the store's writer ended".to_owned()).into())
                }
            }
        }
    }
}

fn run(mut connection: Connection, jobs: &Receiver<Job>) {
    let mut swept: Option<Instant> = None;
    while let Ok(first) = jobs.recv() {
        let batch: Vec<Job> = std::iter::once(first)
            .chain(jobs.try_iter().take(BATCH - 1))
            .collect();
        let sweep = swept.is_none_or(|at| at.elapsed() > SWEEP_EVERY);
        match commit(&mut connection, &batch, sweep) {
            Ok(answers) => {
                for (job, answer) in batch.into_iter().zip(answers) {
                    // Whoever asked may have gone; the write stands all the same.
                    let _ = job.reply.send(answer);
                }
                if sweep {
                    swept = Some(Instant::now());
                }
            }
            Err(error) => {
                let fault = fault("write", &error);
                for job in batch {
                    let _ = job.reply.send(Err(fault.clone().into()));
                }
            }
        }
    }
}

fn commit(
    connection: &mut Connection,
    batch: &[Job],
    sweep: bool,
) -> rusqlite::Result<Vec<Result<(), Refused>>> {
    let now = unix_now();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if sweep {
        transaction.execute("DELETE FROM items WHERE expires_at <= ?1", [now])?;
    }
    let mut answers = Vec::with_capacity(batch.len());
    for job in batch {
        let mut unmet = Vec::new();
        for (at, write) in job.writes.iter().enumerate() {
            if !holds(&transaction, write, now)? {
                unmet.push(at);
            }
        }
        if unmet.is_empty() {
            for write in &job.writes {
                perform(&transaction, write)?;
            }
            answers.push(Ok(()));
        } else {
            answers.push(Err(Refused::Unmet(unmet)));
        }
    }
    transaction.commit()?;
    Ok(answers)
}

fn holds(connection: &Connection, write: &Write, now: i64) -> rusqlite::Result<bool> {
    let key = write.key();
    let found = connection
        .prepare_cached("SELECT version, expires_at FROM items WHERE pk = ?1 AND sk = ?2")?
        .query_row([&key.pk, &key.sk], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?))
        })
        .optional()?
        .filter(|(_, expires)| expires.is_none_or(|expires| expires > now));
    Ok(match (write.expect(), found) {
        (Expect::Absent, None) => true,
        (Expect::Version(wanted), Some((version, _))) => version as u64 == wanted,
        _ => false,
    })
}

fn perform(connection: &Connection, write: &Write) -> rusqlite::Result<()> {
    match write {
        Write::Put(item, _) => connection
            .prepare_cached(
                "INSERT INTO items (pk, sk, gsi1pk, gsi1sk, version, body, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (pk, sk) DO UPDATE SET gsi1pk = ?3, gsi1sk = ?4, version = ?5, body = ?6, expires_at = ?7",
            )?
            .execute(params![
                item.key.pk,
                item.key.sk,
                item.index.as_ref().map(|key| &key.pk),
                item.index.as_ref().map(|key| &key.sk),
                item.version as i64,
                &item.body[..],
                item.expires_at,
            ])?,
        Write::Delete(key, _) => {
            connection.prepare_cached("DELETE FROM items WHERE pk = ?1 AND sk = ?2")?.execute([&key.pk, &key.sk])?
        }
    };
    Ok(())
}
