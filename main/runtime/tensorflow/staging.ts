import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const PREFIX = '.staging-'

/**
 * Does work in a temporary folder beside the engines, which is gone afterwards, however it ends. Folders that processes
 * which were killed have left are removed first.
 */
export async function inStaging<T>(
  engines: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  mkdirSync(engines, { recursive: true })
  removeLeftovers(engines)
  const folder = mkdtempSync(join(engines, `${PREFIX}${process.pid}-`))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Puts the folder `made` in the place of `target`; what was there before goes to `aside`. */
export function replaceFolder(made: string, target: string, aside: string): void {
  if (existsSync(target)) renameSync(target, aside)
  renameSync(made, target)
}

/** Removes what is left of installations whose processes are gone. */
export function removeLeftovers(engines: string): void {
  for (const name of readdirSync(engines)) {
    const pid = new RegExp(`^\\${PREFIX}(\\d+)-`).exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(engines, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
