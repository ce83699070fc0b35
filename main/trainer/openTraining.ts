import { dirname, join } from 'node:path'
import { complaintOf, explained, inEnglish, type Complaint } from '../../shared/domain/explanation'
import type { Device } from '../../shared/domain/device'
import { checkEnough } from '../../shared/domain/enoughPictures'
import type { FailureReason } from '../../shared/domain/trainEvent'
import { DeviceLostError } from '../runtime/engine'
import { machineKey } from '../runtime/machine'
import { DatasetFile } from '../store/datasetFile'
import { DamagedFileError } from '../store/database'
import type { Home } from '../store/home'
import { KernelMemory } from '../store/kernelMemory'
import { RunFile } from '../store/runFile'
import { tryLockRun, type RunLock } from '../store/runLock'
import { StorageError } from '../store/storageError'
import { Control } from './control'
import { engineFor } from './engineFor'
import { NotANumberError } from './finite'
import { Journal } from './journal'
import { train, type Ending } from './loop'
import { PatientWrites } from './patientWrites'
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
  const run = RunFile.openForTraining(home.runFile(runId))
  let lock: RunLock | null = null
  let pictures: DatasetFile | null = null
  const close = () => {
    pictures?.close()
    run.close()
    lock?.release()
  }
  try {
    lock = tryLockRun(home.lockFile(runId))
    if (lock === null) throw explained('run_in_use', { run: runId })
    const held = lock
    const { datasetId } = run.summary()
    pictures = DatasetFile.open(home.datasetFile(datasetId))
    checkEnough(run.config, pictures.summary().pictures)
    const device = wanted ?? run.device()
    const control = new Control()
    const writes: PatientWrites = new PatientWrites(control, {
      mend: ({ kind }) => kind === 'gone' && restored(runId, { run, journal, lock: held }),
    })
    const journal: Journal = new Journal(run, writes)
    const kernels = runKernels({ run, journal }, new KernelMemory(home, machineKey()))
    const engine = engineFor({ device, threads: run.config.threads }, kernels)
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
      writes,
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** Writes a run anew whose file was deleted under its training, and tells of it; false where it was only moved. */
function restored(
  runId: string,
  { run, journal, lock }: { run: RunFile; journal: Journal; lock: RunLock },
): boolean {
  const happened = run.restoreIfDeleted()
  if (happened === null) return false
  if (!lock.keep()) throw explained('run_in_use', { run: runId })
  const { imagesSeen } = run.summary()
  journal.recordNow({ kind: 'error', imagesSeen, message: inEnglish(happened), why: happened })
  return true
}

/** Trains an open run; a failure is written into the run, then thrown on. */
export async function trainOrFail(training: Training): Promise<Ending> {
  try {
    return await trainPatiently(training)
  } catch (error) {
    noteFailure(training, complaintOf(error), reasonOf(error))
    throw error
  }
}

/** A device that was lost is taken up again once: it may only have been reset. Training goes on from its checkpoint. */
async function trainPatiently(training: Training): Promise<Ending> {
  try {
    return await train(training)
  } catch (error) {
    if (!(error instanceof DeviceLostError) || training.control.wish === 'stop') throw error
    const { imagesSeen } = training.run.summary()
    const complaint = complaintOf(error)
    await training.journal.record({
      kind: 'error',
      imagesSeen,
      ...complaint,
      reason: 'device-lost',
    })
    return await train(training)
  }
}

function reasonOf(error: unknown): FailureReason | undefined {
  if (error instanceof NotANumberError) return 'not-a-number'
  return error instanceof DeviceLostError ? 'device-lost' : undefined
}

/** Where not even that can be stored, the run reads as one that was interrupted. */
function noteFailure(
  { run, journal }: Training,
  complaint: Complaint,
  reason: FailureReason | undefined,
): void {
  try {
    const { imagesSeen } = run.summary()
    journal.fail({ imagesSeen, ...complaint, ...(reason && { reason }) })
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof DamagedFileError)) throw error
  }
}
