import { renameSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { explained } from '../../shared/domain/explanation'
import { openDatabase } from './database'
import { RUN_FILE } from './fileKinds'
import { removeEarlierParts } from './leftovers'

/** How far copying is, in bytes; `signal` stops it. */
export type CopyWatch = {
  onProgress?: (done: number, total: number) => void
  signal?: AbortSignal
}

/** Bytes copied between two looks at other work. */
const CHUNK_BYTES = 8 << 20

/**
 * Writes a copy of a run file as it stands at this moment, also while it is trained: all is read in one transaction.
 * The copy gets its name once it is whole. An existing file `to` is replaced.
 */
export async function copyRun(from: string, to: string, watch: CopyWatch = {}): Promise<void> {
  if (resolve(from) === resolve(to)) {
    throw explained('copy_onto_itself', { file: to })
  }
  const unfinished = `${to}.${process.pid}.part`
  const connection = openDatabase(from, RUN_FILE, 'read')
  try {
    removeEarlierParts(to)
    const pageBytes = connection.pragma('page_size', { simple: true }) as number
    const pages = Math.ceil(CHUNK_BYTES / pageBytes)
    // An open read: what others write meanwhile is not seen, so that the copying need not begin again and again.
    connection.exec('BEGIN')
    connection.prepare('SELECT id FROM run').get()
    await connection.backup(unfinished, {
      progress: ({ totalPages, remainingPages }) => {
        watch.signal?.throwIfAborted()
        watch.onProgress?.((totalPages - remainingPages) * pageBytes, totalPages * pageBytes)
        return pages
      },
    })
    renameSync(unfinished, to)
  } catch (error) {
    for (const suffix of ['', '-wal', '-shm', '-journal']) {
      rmSync(unfinished + suffix, { force: true })
    }
    const reason = error instanceof Error ? error.message : String(error)
    throw explained('copy_unwritten', { file: to, detail: reason }, { cause: error })
  } finally {
    connection.close()
  }
}
