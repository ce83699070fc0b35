import * as v from 'valibot'
import { ComplaintSchema } from '../domain/explanation'
import { BytesSchema } from '../domain/bytes'
import {
  DatasetSourceSchema,
  DatasetSummarySchema,
  PicturePreviewSchema,
  PrepareOptionsSchema,
  SkippedFileSchema,
  SourceScanSchema,
} from '../domain/dataset'
import { NetworkStatsSchema } from '../domain/networkStats'
import { RehearsalQuestionSchema, RehearsalSchema } from '../domain/rehearsal'
import { CurveStretchSchema } from '../domain/curve'
import { RunSummarySchema, VerifyReportSchema } from '../domain/run'
import { NoteTextSchema, SettingsChangeSchema } from '../domain/settingsChange'
import { TrainConfigSchema } from '../domain/trainConfig'
import { TrainEventSchema } from '../domain/trainEvent'
import { runPictures } from './runPictures'
import { faultRequests } from './faults'
import { galleryRequests } from './gallery'
import { historyRequests } from './history'
import { machineEvents, machineRequests } from './machine'
import { qualityRequests } from './quality'
import type { ServiceSpec } from './service'

const runId = v.object({ runId: v.string() })
const nothing = v.void()

/** Progress of a long job. `seq` grows by one from 1; the last one is `done`, `failed` or `cancelled`. */
export const JobProgressSchema = v.object({
  jobId: v.string(),
  seq: v.number(),
  status: v.variant('kind', [
    v.object({
      kind: v.literal('running'),
      /** What is being done, e.g. the file at hand. */
      label: v.string(),
      done: v.number(),
      /** Null while the total is not known yet. */
      total: v.nullable(v.number()),
      secondsLeft: v.nullable(v.number()),
    }),
    v.object({ kind: v.literal('done'), result: v.string() }),
    v.object({ kind: v.literal('failed'), ...ComplaintSchema.entries }),
    v.object({ kind: v.literal('cancelled') }),
  ]),
})
/** See {@link JobProgressSchema}. */
export type JobProgress = v.InferOutput<typeof JobProgressSchema>

/** The library worker: catalog, datasets, reading of runs, sampling and export. */
export const library = {
  name: 'library',
  requests: {
    listRuns: { input: nothing, output: v.array(RunSummarySchema) },
    getRun: { input: runId, output: RunSummarySchema },
    /** A run's stored events after `afterSeq`, oldest first, at most `limit`. Ticks are thinned to fit. */
    runEvents: {
      input: v.object({ runId: v.string(), afterSeq: v.number(), limit: v.number() }),
      output: v.array(TrainEventSchema),
    },
    createRun: {
      input: v.object({ name: v.string(), datasetId: v.string(), config: TrainConfigSchema }),
      output: RunSummarySchema,
    },
    verifyRun: { input: runId, output: VerifyReportSchema },
    /** Looks through a source: a job whose findings are `scan` events, which stops once nobody needs it. */
    scanSource: { input: DatasetSourceSchema, output: v.object({ jobId: v.string() }) },
    /** Some pictures of a source as these options would prepare them; what cannot be decoded is left out. */
    previewPictures: {
      input: v.object({
        options: PrepareOptionsSchema,
        paths: v.pipe(v.array(v.string()), v.maxLength(16)),
      }),
      output: v.array(PicturePreviewSchema),
    },
    listDatasets: { input: nothing, output: v.array(DatasetSummarySchema) },
    /** Starts (or goes on with) preparing a dataset; answers with a job whose `done.result` is the dataset's id. */
    prepareDataset: { input: PrepareOptionsSchema, output: v.object({ jobId: v.string() }) },
    skippedFiles: {
      input: v.object({ datasetId: v.string() }),
      output: v.array(SkippedFileSchema),
    },
    ...galleryRequests,
    /** What a run would take here, from what is remembered and reckoned alone: at once. */
    estimateRehearsal: { input: RehearsalQuestionSchema, output: RehearsalSchema },
    /**
     * Tries each stage of a run for a moment, one process after the other; what was tried before is remembered. A
     * job whose reports are `rehearsal` events.
     */
    rehearse: {
      input: v.object({ question: RehearsalQuestionSchema, again: v.boolean() }),
      output: v.object({ jobId: v.string() }),
    },
    ...historyRequests,
    ...machineRequests,
    ...faultRequests,
    /** Writes a note into a run that nobody trains; the trainer's `addNote` does for one that trains. */
    addNote: { input: v.object({ runId: v.string(), text: NoteTextSchema }), output: nothing },
    /** Changes settings of a run that nobody trains, as the trainer's `changeSettings` does. */
    changeSettings: {
      input: v.object({ runId: v.string(), change: SettingsChangeSchema }),
      output: nothing,
    },
    /** What ticks tell between two numbers of images, in at most `most` stretches of equally many ticks. */
    runCurve: {
      input: v.object({
        runId: v.string(),
        fromImages: v.number(),
        toImages: v.number(),
        most: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096)),
      }),
      output: v.array(CurveStretchSchema),
    },
    /** What the newest checkpoint's networks hold. */
    networkStats: { input: runId, output: NetworkStatsSchema },
    cancelJob: { input: v.object({ jobId: v.string() }), output: nothing },
    ...runPictures,
    ...qualityRequests,
  },
  events: {
    job: JobProgressSchema,
    /** What a scan has found so far, with the thumbnails (PNG files) that are new since the event before. */
    scan: v.object({ jobId: v.string(), scan: SourceScanSchema, thumbnails: v.array(BytesSchema) }),
    ...machineEvents,
    /** A rehearsal's report so far, before and after each stage that is tried; the last is the whole. */
    rehearsal: v.object({ jobId: v.string(), rehearsal: RehearsalSchema }),
    /** Runs were added, changed or removed: ask again. */
    runsChanged: v.object({}),
  },
} as const satisfies ServiceSpec
