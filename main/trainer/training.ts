import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Device } from '../../shared/domain/device'
import type { Engine } from '../runtime/engine'
import type { DatasetFile } from '../store/datasetFile'
import type { Qualities } from '../store/qualities'
import type { RunFile } from '../store/runFile'
import type { Control } from './control'
import type { Journal } from './journal'
import type { PatientWrites } from './patientWrites'

/** What training asks of its run's file. It writes through the {@link Journal} alone, which knows how to wait. */
export type TrainedRun = Pick<
  RunFile,
  | 'path'
  | 'config'
  | 'device'
  | 'kernels'
  | 'summary'
  | 'eventsAfter'
  | 'hasStageAt'
  | 'checkpoints'
  | 'loadCheckpoint'
  | 'loadNewestGoodCheckpoint'
> & { readonly qualities: Pick<Qualities, 'hold' | 'release' | 'candidates'> }

/** All that training one run needs, open and locked. */
export type Training = {
  /** As they are now: intervals, and lengths of phases that have not begun, may change while a run trains. */
  readonly config: TrainConfig
  readonly run: TrainedRun
  readonly pictures: DatasetFile
  /** Path of the built `readerThread.ts`. */
  readonly readerFile: string
  /** Path of the built `qualityThread.ts`. */
  readonly qualityFile: string
  readonly engine: Engine
  readonly control: Control
  readonly journal: Journal
  readonly writes: PatientWrites
  /** What is trained on: the run's device, unless another was asked for. */
  readonly device: Device
}
