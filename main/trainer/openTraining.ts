import { dirname, join } from 'node:path'
import type { Device } from '../../shared/domain/device'
import { checkEnough } from '../../shared/domain/enoughPictures'
import { machineKey } from '../runtime/machine'
import { DatasetFile } from '../store/datasetFile'
import type { Home } from '../store/home'
import { KernelMemory } from '../store/kernelMemory'
import { RunFile } from '../store/runFile'
import { tryLockRun, type RunLock } from '../store/runLock'
import { Control } from './control'
import { engineFor } from './engineFor'
import { Journal } from './journal'
import { train, type Ending } from './loop'
import { runKernels } from './runKernels'
import type { Training } from './training'

/** A training with its lock; close it whatever happens. */
export type OpenTraining = Training & { close(): void }

/**
 * Locks a run for this process and opens its files and engine. Throws one clear line when the run does not
 * exist, trains elsewhere, or its dataset is missing or too small. `readerFile` is the path of the built
 * `readerThread.ts`, beside which the other threads of training lie; `wanted` is the device to train on, the one that the run had last where left out.
 */
export function openTraining(
  home: Home,
  runId: string,
  readerFile: string,
  wanted?: Device,
): OpenTraining {
  const run = RunFile.openForWriting(home.runFile(runId))
  let lock: RunLock | null = null
  let pictures: DatasetFile | null = null
  const close = () => {
    pictures?.close()
    run.close()
    lock?.release()
  }
  try {
    lock = tryLockRun(home.lockFile(runId))
    if (lock === null) {
      throw new Error(`Run ${runId} is being trained by another process; stop it there first.`)
    }
    const { datasetId } = run.summary()
    pictures = DatasetFile.open(home.datasetFile(datasetId))
    checkEnough(run.config, pictures.summary().pictures)
    const device = wanted ?? run.device()
    const journal = new Journal(run)
    const kernels = runKernels(run, journal, new KernelMemory(home, machineKey()))
    const engine = engineFor({ device, threads: run.config.threads }, kernels)
    const control = new Control()
    control.imagesSeen = run.summary().imagesSeen
    return {
      // Lengths of phases to come and intervals may be changed meanwhile.
      get config() {
        return run.config
      },
      run,
      pictures,
      readerFile,
      qualityFile: join(dirname(readerFile), 'quality.cjs'),
      device,
      engine,
      control,
      journal,
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** Trains an open run; a failure is written into the run, then thrown on. */
export async function trainOrFail(training: Training): Promise<Ending> {
  try {
    return await train(training)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const { imagesSeen } = training.run.summary()
    training.run.setState('failed', message)
    training.journal.record({ kind: 'error', imagesSeen, message })
    training.journal.record({ kind: 'state', imagesSeen, state: 'failed' })
    throw error
  }
}
