import type { library } from '../../shared/protocol/library'
import type { machineRequests } from '../../shared/protocol/machine'
import type { Handlers } from '../../shared/protocol/service'
import type { JobHost } from '../../shared/jobs'
import { enginesFolder } from '../runtime/tensorflow/place'
import type { Catalog } from '../store/catalog'
import type { Home } from '../store/home'
import { RunFile } from '../store/runFile'
import { Devices } from './devices'
import { Engines } from './engines'
import type { Jobs } from './jobs'
import { deleteDataset, storageOf } from './storage'

/** What answers about the machine come from. */
export type MachineParts = {
  readonly home: Home
  readonly catalog: Catalog
  readonly jobs: Jobs
  readonly processes: JobHost
  /** Told when something of it is no longer the same. */
  readonly changed: () => void
}

/** Answers requests about devices, engines and what is on the disk. */
export function machineHandlers({
  home,
  catalog,
  jobs,
  processes,
  changed,
}: MachineParts): Pick<Handlers<typeof library>, keyof typeof machineRequests> {
  const devices = new Devices({ home, processes, jobs, changed })
  const trainingWith = () => trainingWithTensorflow(catalog)
  const engines = new Engines({
    engines: enginesFolder(),
    jobs,
    processes,
    trainingWith,
    changed,
  })
  return {
    devices: async () => devices.list(),
    probeDevices: async (asked) => ({ jobId: devices.probe(asked.devices) }),
    engines: async () => engines.list(),
    installEngine: async () => ({ jobId: engines.start('install') }),
    repairEngine: async () => ({ jobId: engines.start('repair') }),
    removeEngine: async () => ({ jobId: engines.start('remove') }),
    storage: async () => storageOf(home, catalog),
    deleteDataset: async ({ datasetId }) => {
      deleteDataset(home, catalog, datasetId)
      changed()
    },
  }
}

/** Name of a run that some process trains with the TensorFlow engine; null when there is none. */
function trainingWithTensorflow(catalog: Catalog): string | null {
  const training = catalog.listRuns().filter(({ state }) => state === 'training')
  const found = training.find(({ file }) => {
    const run = RunFile.openForReading(file)
    try {
      return run.device() === 'tensorflow'
    } finally {
      run.close()
    }
  })
  return found?.name ?? null
}
