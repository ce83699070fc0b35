import * as v from 'valibot'

/** Engines that can be added to the one that comes with Sprout. */
export const ENGINES = ['tensorflow'] as const
/** One of {@link ENGINES}. */
export type EngineName = (typeof ENGINES)[number]

/** Steps of an installation, in order; a repair does those that it needs. */
export const INSTALL_PHASES = [
  'check',
  'download',
  'packages',
  'unpack',
  'build',
  'try',
  'seal',
] as const
/** One of {@link INSTALL_PHASES}. */
export type InstallPhase = (typeof INSTALL_PHASES)[number]

/** What may be done with an engine. */
export const ENGINE_WORKS = ['install', 'repair', 'remove'] as const
/** One of {@link ENGINE_WORKS}. */
export type EngineWork = (typeof ENGINE_WORKS)[number]

/** Whether an engine is there: quickly, by the sizes of its files. */
export const EngineStatusSchema = v.object({
  state: v.picklist(['installed', 'broken', 'missing']),
  folder: v.string(),
  version: v.string(),
  /** Bytes of the engine, and of the downloads that are kept for repairs. */
  bytes: v.number(),
  downloadBytes: v.number(),
})
/** See {@link EngineStatusSchema}. */
export type EngineStatus = v.InferOutput<typeof EngineStatusSchema>

/** What installing an engine takes, in bytes: to download, and free on the disk while it is made. */
export const EngineNeedsSchema = v.object({ downloadBytes: v.number(), diskBytes: v.number() })
/** See {@link EngineNeedsSchema}. */
export type EngineNeeds = v.InferOutput<typeof EngineNeedsSchema>

/** All that is known of an engine that can be added. */
export const EngineReportSchema = v.object({
  name: v.picklist(ENGINES),
  /** Whether there is one for this system at all. */
  supported: v.boolean(),
  ...EngineStatusSchema.entries,
  needs: EngineNeedsSchema,
  /** What is being done with it, as a job whose labels are {@link INSTALL_PHASES}; null when nothing is. */
  work: v.nullable(v.object({ kind: v.picklist(ENGINE_WORKS), jobId: v.string() })),
})
/** See {@link EngineReportSchema}. */
export type EngineReport = v.InferOutput<typeof EngineReportSchema>
