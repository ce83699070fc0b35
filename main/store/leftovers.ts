import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Names of half-made files: each tells the process that makes it, so that others know when nobody does any more. */
const HALF_MADE = [
  /^\.(?:import|repair|write-test)-(\d+)(?:-[0-9a-f-]+)?(?:-wal|-shm|-journal)?$/,
  /\.(\d+)(?:-[0-9a-f]+)?\.(?:new|part|tmp)(?:-wal|-shm|-journal)?$/,
]

/** Files that changed since are left alone: a process of another machine or container is not seen from here. */
const QUIET_MS = 10 * 60_000

/** Removes what processes that were killed left half-made in `folder`, once nobody wrote to it for a while. */
export function removeLeftovers(folder: string): void {
  const now = Date.now()
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    if (!isAbandoned(name)) continue
    const found = statSync(file, { throwIfNoEntry: false })
    if (found !== undefined && now - found.mtimeMs > QUIET_MS) rmSync(file, { force: true })
  }
}

/** Removes what killed processes left of earlier tries to write `target`, which is about to be written anew. */
export function removeEarlierParts(target: string): void {
  const folder = dirname(target)
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${basename(target)}.`) && isAbandoned(name)) {
      rmSync(join(folder, name), { recursive: true, force: true })
    }
  }
}

/** True for the name of a half-made file whose maker is gone. */
function isAbandoned(name: string): boolean {
  for (const pattern of HALF_MADE) {
    const pid = pattern.exec(name)?.[1]
    if (pid !== undefined) return !isAlive(Number(pid))
  }
  return false
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It may be another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
