import { existsSync, renameSync, rmSync } from 'node:fs'
import { explained } from '../../shared/domain/explanation'
import type { PrepareOptions } from '../../shared/domain/dataset'
import { nothingLost, type RepairReport } from '../../shared/domain/repair'
import { resolutionsBetween } from '../../shared/domain/resolution'
import { DatasetFile } from '../store/datasetFile'
import { foldLog, NewerFileError } from '../store/database'
import type { Home } from '../store/home'
import { keptName } from '../store/keptName'
import { tryLockRun } from '../store/runLock'
import { replaceDamaged } from '../store/salvage'
import { salvageDataset, type SalvagedDataset } from '../store/salvageDataset'
import { prepareDataset, type PrepareWatch } from './prepare'
import { decoderOf } from './source'

/**
 * Makes a damaged dataset usable again: what is sound is copied, the pictures of which something is lost are prepared
 * anew from where they came from, under the numbers that they had, so that runs go on with the same pictures in the
 * same order. Where even the list of pictures is lost, all are. The damaged file is kept beside; one that is sound
 * stays as it is. Throws one clear line, and changes nothing, when that cannot be done.
 */
export async function repairDataset(
  home: Home,
  id: string,
  watch: PrepareWatch = {},
): Promise<RepairReport> {
  const file = home.datasetFile(id)
  if (!existsSync(file)) throw new Error(`There is no dataset ${id}: ${file} does not exist.`)
  const report = nothingLost('dataset', id, file)
  if (isSound(file)) return report
  const lock = tryLockRun(home.datasetLockFile(id))
  if (lock === null) throw explained('repair_preparing', { file })
  let fresh: string | null = null
  let options: PrepareOptions
  try {
    const salvaged = salvageDataset(file)
    fresh = salvaged.fresh
    const { holes } = salvaged
    options = salvaged.options
    if (fresh !== null) {
      await fill(fresh, salvaged, watch)
      return { ...report, kept: replaceDamaged(file, fresh), preparedAgain: holes.length }
    }
  } finally {
    lock.release()
    if (fresh !== null) {
      for (const suffix of ['', '-wal', '-shm']) rmSync(fresh + suffix, { force: true })
    }
  }
  return { ...report, ...(await prepareAnew(home, file, options, watch)) }
}

/** True for a dataset of which every picture can be read. Throws for one of a newer Sprout. */
export function isSound(file: string): boolean {
  try {
    const dataset = DatasetFile.open(file)
    try {
      if (!dataset.isIntact()) return false
      const { pictures, options } = dataset.summary()
      for (const resolution of resolutionsBetween(4, options.finalResolution)) {
        const level = dataset.openLevel(resolution, 0)
        const into = new Uint8Array(resolution ** 2 * options.channels)
        for (let i = 0; i < pictures; i++) level.read(Uint32Array.of(i), into)
      }
      return true
    } finally {
      dataset.close()
    }
  } catch (error) {
    if (error instanceof NewerFileError) throw error
    return false
  }
}

async function fill(
  fresh: string,
  { holes, ready }: SalvagedDataset,
  { onProgress, signal }: PrepareWatch,
): Promise<void> {
  const dataset = DatasetFile.openForWriting(fresh)
  try {
    const decode = holes.length === 0 ? null : await decoderOf(dataset.options)
    for (const [done, number] of holes.entries()) {
      signal?.throwIfAborted()
      const path = dataset.pathOf(number)
      try {
        dataset.mendPicture(number, await decode!(path))
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        throw explained('repair_picture', { path, detail: reason }, { cause: error })
      }
      onProgress?.({ label: path, done: done + 1, total: holes.length })
    }
    if (ready) dataset.markReady()
  } finally {
    dataset.close()
  }
  foldLog(fresh)
}

/** Prepares all pictures again, with the damaged file out of the way; it comes back when that fails. */
async function prepareAnew(
  home: Home,
  file: string,
  options: PrepareOptions,
  watch: PrepareWatch,
): Promise<Pick<RepairReport, 'kept' | 'preparedAgain'>> {
  const kept = keptName(file, 'damaged')
  const moveLog = (from: string, to: string) => {
    if (existsSync(`${from}-wal`)) renameSync(`${from}-wal`, `${to}-wal`)
    rmSync(`${from}-shm`, { force: true })
  }
  moveLog(file, kept)
  renameSync(file, kept)
  try {
    const { pictures } = await prepareDataset(home, options, watch)
    return { kept, preparedAgain: pictures }
  } catch (error) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
    moveLog(kept, file)
    renameSync(kept, file)
    throw error
  }
}
