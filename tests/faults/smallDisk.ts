import { execFileSync } from 'node:child_process'
import { mkdtempSync, openSync, closeSync, rmSync, rmdirSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of its own, in memory, that is soon full. */
export type SmallDisk = {
  readonly folder: string
  /** Writes until nothing more fits; what is `left` bytes of it is given back. */
  fill(left?: number): void
  /** Removes what `fill` wrote. */
  makeRoom(): void
  remove(): void
}

/** Mounts a small disk; null, with the reason printed, where that cannot be done. */
export function smallDisk(megabytes: number): SmallDisk | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    console.log('Skipped: only root on Linux can mount a small disk to fill.')
    return null
  }
  const folder = mkdtempSync(join(tmpdir(), 'sprout-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {
      stdio: 'pipe',
    })
  } catch (error) {
    rmdirSync(folder)
    console.log(`Skipped: no small disk can be mounted here: ${String(error).split('\n')[0]}`)
    return null
  }
  const ballast = join(folder, 'ballast')
  const makeRoom = () => rmSync(ballast, { force: true })
  return {
    folder,
    makeRoom,
    fill(left = 0) {
      const file = openSync(ballast, 'a')
      const some = Buffer.alloc(4096)
      let written = 0
      try {
        for (;;) written += writeSync(file, some)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
      if (left > 0) execFileSync('truncate', ['-s', `-${Math.min(left, written)}`, ballast])
    },
    remove() {
      execFileSync('umount', ['-l', folder])
      rmdirSync(folder)
    },
  }
}
