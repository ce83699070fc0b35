import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { explained } from '../../shared/domain/explanation'
import type { Storage } from '../../shared/domain/storage'
import { freeDisk } from '../runtime/freeDisk'
import type { Catalog } from '../store/catalog'
import type { Home } from '../store/home'
import { Trash } from '../store/trash'

/** What the home folder holds, and which runs need which prepared pictures. */
export function storageOf(home: Home, catalog: Catalog): Storage {
  const runs = catalog.listRuns()
  const trashed = new Trash(home).runs()
  const datasets = catalog.listDatasets().map((dataset) => {
    const file = home.datasetFile(dataset.id)
    // Runs in the trash may be wanted back, and then their pictures too.
    const usedBy = [...runs, ...trashed]
      .filter((run) => run.datasetId === dataset.id)
      .map((run) => run.name)
    return { dataset, bytes: bytesOf([file, `${file}-wal`]), usedBy }
  })
  return {
    folder: home.folder,
    landmark: home.catalogFile,
    runs: runs.length,
    runBytes: bytesIn(home.runsFolder),
    datasetBytes: bytesIn(home.datasetsFolder),
    freeBytes: freeDisk(home.folder),
    datasets: datasets.sort((a, b) => b.bytes - a.bytes),
  }
}

/** Deletes a dataset's file. Throws one clear line, naming the first run, when a run needs it. */
export function deleteDataset(home: Home, catalog: Catalog, datasetId: string): void {
  const { datasets } = storageOf(home, catalog)
  const [run, ...others] = datasets.find(({ dataset }) => dataset.id === datasetId)?.usedBy ?? []
  if (run !== undefined) {
    throw others.length === 0
      ? explained('pictures_needed', { run })
      : explained('pictures_needed_more', { run, more: others.length })
  }
  catalog.removeDataset(datasetId)
}

function bytesIn(folder: string): number {
  return bytesOf(readdirSync(folder).map((name) => join(folder, name)))
}

function bytesOf(files: readonly string[]): number {
  // A file may go meanwhile, as a write-ahead log does.
  return files.reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}
