import * as v from 'valibot'
import { DatasetSummarySchema } from './dataset'

/** A dataset's file and the runs that train with it. */
export const StoredDatasetSchema = v.object({
  dataset: DatasetSummarySchema,
  /** Of its file and the log beside it. */
  bytes: v.number(),
  /** Names of the runs that need it; it can be deleted when there are none. */
  usedBy: v.array(v.string()),
})
/** See {@link StoredDatasetSchema}. */
export type StoredDataset = v.InferOutput<typeof StoredDatasetSchema>

/** What Sprout keeps on the disk. */
export const StorageSchema = v.object({
  /** The folder with everything in it, and a file in it that a file manager can point at. */
  folder: v.string(),
  landmark: v.string(),
  runs: v.number(),
  runBytes: v.number(),
  datasetBytes: v.number(),
  /** Free on the disk that the folder is on; null when the system does not tell. */
  freeBytes: v.nullable(v.number()),
  /** Largest first. */
  datasets: v.array(StoredDatasetSchema),
})
/** See {@link StorageSchema}. */
export type Storage = v.InferOutput<typeof StorageSchema>
