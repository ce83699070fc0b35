import * as v from 'valibot'
import { ComplaintSchema } from './explanation'
import { PrepareOptionsSchema } from './dataset'
import { ResolutionSchema } from './resolution'
import { PRESETS, TrainConfigSchema } from './trainConfig'

const bytes = v.pipe(v.number(), v.minValue(0))

/** Whether this machine can train a stage, and if not, why not. */
export const StageFitSchema = v.variant('kind', [
  v.object({ kind: v.literal('fits') }),
  /** It takes more memory than there is; `exceeded` when it was tried and went past `neededBytes`. */
  v.object({
    kind: v.literal('memory'),
    neededBytes: bytes,
    roomBytes: bytes,
    exceeded: v.boolean(),
  }),
  /** The run's file and the prepared pictures, up to this stage's end, do not go on the disk. */
  v.object({ kind: v.literal('disk'), neededBytes: bytes, roomBytes: bytes }),
  /** It was tried and failed for another reason. */
  v.object({ kind: v.literal('failed'), ...ComplaintSchema.entries }),
])
/** See {@link StageFitSchema}. */
export type StageFit = v.InferOutput<typeof StageFitSchema>

/** How the figures of a stage came about: run on this machine, or reckoned from other stages and the shapes. */
export const REHEARSAL_BASES = ['measured', 'estimated'] as const

/** What one stage of a run takes on this machine. */
export const StageRehearsalSchema = v.object({
  stage: v.number(),
  resolution: ResolutionSchema,
  batch: v.number(),
  /** Images of one pass when a step is split into several to save memory; null when it is not. */
  microBatch: v.nullable(v.number()),
  basis: v.picklist(REHEARSAL_BASES),
  /** Null when nothing was measured to reckon from. */
  imagesPerSecond: v.nullable(v.number()),
  /** Seconds of the whole stage: its images by the schedule, and building its networks. */
  seconds: v.nullable(v.number()),
  /** Peak memory of the training process. */
  memoryBytes: bytes,
  /** What the stage adds to the run's file. */
  diskBytes: bytes,
  fit: StageFitSchema,
})
/** See {@link StageRehearsalSchema}. */
export type StageRehearsal = v.InferOutput<typeof StageRehearsalSchema>

/** What a run would take on this machine, stage by stage: a dress rehearsal's report, whole or in the making. */
export const RehearsalSchema = v.object({
  /** Where it was run, e.g. `cpu`. */
  device: v.string(),
  threads: v.number(),
  stages: v.array(StageRehearsalSchema),
  /** The stage that is being tried just now. */
  measuring: v.nullable(v.number()),
  /** The stages' seconds together; null while one is not known. */
  seconds: v.nullable(v.number()),
  /** The hungriest stage's memory. */
  memoryBytes: bytes,
  /** Memory that training may take. */
  memoryRoomBytes: bytes,
  /** The run's file at its end. */
  runBytes: bytes,
  /** Prepared pictures that are still to be written; 0 when their number is not known. */
  dataBytes: bytes,
  /** Disk that a run may take; null when it cannot be found out. */
  diskRoomBytes: v.nullable(bytes),
  fits: v.boolean(),
  /** The largest final size for which all stages fit; null when none does. */
  largestFitting: v.nullable(ResolutionSchema),
  /** The largest smaller network that fits at the wanted size, or at the largest size that any of them does. */
  smaller: v.nullable(v.object({ preset: v.picklist(PRESETS), resolution: ResolutionSchema })),
  /** The most images gone through at a time for which all stages do fit, where whole batches do not. */
  microBatch: v.nullable(v.number()),
})
/** See {@link RehearsalSchema}. */
export type Rehearsal = v.InferOutput<typeof RehearsalSchema>

/** What shall be rehearsed. */
export const RehearsalQuestionSchema = v.object({
  config: TrainConfigSchema,
  /** Pictures that it trains with; null when not known. */
  pictures: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** How they are prepared, at whatever final size: what is prepared already takes no more disk. Null when not known. */
  prepare: v.optional(v.nullable(PrepareOptionsSchema), null),
})
/** See {@link RehearsalQuestionSchema}. */
export type RehearsalQuestion = v.InferOutput<typeof RehearsalQuestionSchema>
