import * as v from 'valibot'
import { ComplaintSchema } from './explanation'
import { BytesSchema } from './bytes'
import { ConvKernelSchema } from './convKernel'
import { DeviceSchema } from './device'
import { QualitySchema } from './quality'
import { ResolutionSchema } from './resolution'
import { CheckpointInfoSchema } from './run'
import { ChangedSettingSchema } from './settingsChange'

/**
 * What may be wrong with a run whose losses are still numbers: they grow far beyond what they were (`diverging`), or the
 * discriminator of a logistic loss tells all pictures apart, so that the generator has little left to learn from
 * (`one-sided`).
 */
export const ALARMS = ['diverging', 'one-sided'] as const
/** One of {@link ALARMS}. */
export type Alarm = (typeof ALARMS)[number]

/**
 * Failures that a person can do something about: losses or weights are no numbers any more (`not-a-number`), or the
 * device that computed is gone (`device-lost`).
 */
export const FAILURE_REASONS = ['not-a-number', 'device-lost'] as const
/** One of {@link FAILURE_REASONS}. */
export type FailureReason = (typeof FAILURE_REASONS)[number]

const phase = v.picklist(['fade', 'stable'])

/** Losses and speed over the images since the tick before. */
export const TickSchema = v.object({
  kind: v.literal('tick'),
  imagesSeen: v.number(),
  step: v.number(),
  stage: v.number(),
  resolution: ResolutionSchema,
  phase,
  alpha: v.number(),
  generatorLoss: v.number(),
  discriminatorLoss: v.number(),
  /** Mean score the discriminator gave to real pictures, and to generated ones. */
  realScore: v.number(),
  fakeScore: v.number(),
  /** The gradient's part of the discriminator's loss, weight included; in losses that have one. */
  gradientPenalty: v.optional(v.number()),
  imagesPerSecond: v.number(),
  /** Share, 0 to 1, of the time of these steps that went into waiting for pictures. */
  dataWaitShare: v.optional(v.number()),
  /** Most memory in bytes that the trainer's process had since these layers began to train, or since a resume. */
  peakMemoryBytes: v.optional(v.number()),
})

/** A grid of the moving-average generator's pictures on the run's fixed latents. */
export const MosaicSchema = v.object({
  kind: v.literal('mosaic'),
  imagesSeen: v.number(),
  resolution: ResolutionSchema,
  alpha: v.number(),
  columns: v.number(),
  rows: v.number(),
  /** The class of each row, in a run with classes. */
  rowClasses: v.optional(v.array(v.string())),
  /** Drawn since much time went by and not for its images: it goes when the next mosaic comes. */
  interim: v.optional(v.boolean()),
  /** A WebP file (lossless), `columns * resolution` by `rows * resolution` pixels. */
  webp: BytesSchema,
})

/** One thing that happened to a run. Stored in order, replayed to a window that opens later. */
export const TrainEventBodySchema = v.variant('kind', [
  TickSchema,
  MosaicSchema,
  v.object({
    kind: v.literal('stage'),
    imagesSeen: v.number(),
    stage: v.number(),
    resolution: ResolutionSchema,
    phase,
    /** Images seen by the weights that it starts from, where these are not the last but the best of the stage before. */
    startsFrom: v.optional(v.number()),
  }),
  v.object({
    kind: v.literal('state'),
    imagesSeen: v.number(),
    /** `preparing` while the graph of a new phase is built, else as the run's stored state. */
    state: v.picklist(['preparing', 'training', 'paused', 'finished', 'failed']),
  }),
  v.object({ kind: v.literal('checkpoint'), checkpoint: CheckpointInfoSchema }),
  /**
   * The quality of the checkpoint saved at these images, known some time later; `best` says that none of its resolution
   * is better so far.
   */
  v.object({ kind: v.literal('quality'), ...QualitySchema.entries, best: v.boolean() }),
  /** Training goes on with another device than before, which rounds differently. */
  v.object({
    kind: v.literal('device'),
    imagesSeen: v.number(),
    device: DeviceSchema,
    before: DeviceSchema,
  }),
  /**
   * How convolutions are computed that the run had not had before, by layer, batch and threads: the fastest on the
   * machine then. They stay, so that the run rounds as it did.
   */
  v.object({
    kind: v.literal('kernels'),
    imagesSeen: v.number(),
    kernels: v.record(v.string(), ConvKernelSchema),
  }),
  v.object({
    kind: v.literal('error'),
    imagesSeen: v.number(),
    ...ComplaintSchema.entries,
    /** What there is more to be done about than to read the message. */
    reason: v.optional(v.picklist(FAILURE_REASONS)),
  }),
  /** What a person wrote down at this moment. */
  v.object({ kind: v.literal('note'), imagesSeen: v.number(), text: v.string() }),
  /** Settings that a person changed while the run was under way. */
  v.object({
    kind: v.literal('settings'),
    imagesSeen: v.number(),
    changed: v.array(ChangedSettingSchema),
  }),
  /** Losses look as if training is going wrong; it goes on. */
  v.object({ kind: v.literal('alarm'), imagesSeen: v.number(), alarm: v.picklist(ALARMS) }),
])
/** See {@link TrainEventBodySchema}. */
export type TrainEventBody = v.InferOutput<typeof TrainEventBodySchema>

/** An event with its place in the run's order (`seq`, from 1, no gaps) and time (ms since 1970). */
export const TrainEventSchema = v.object({
  seq: v.number(),
  at: v.number(),
  body: TrainEventBodySchema,
})
/** See {@link TrainEventSchema}. */
export type TrainEvent = v.InferOutput<typeof TrainEventSchema>

/** Losses and speed over some images; see {@link TickSchema}. */
export type Tick = v.InferOutput<typeof TickSchema>
/** A grid of samples; see {@link MosaicSchema}. */
export type Mosaic = v.InferOutput<typeof MosaicSchema>
