import * as v from 'valibot'
import { ExplanationSchema } from './explanation'

/**
 * Why a file cannot be written for now: the disk is `full`; it or the folder is `readonly`; this user is `denied`; the
 * file is `gone` from its place; another program has it `locked`; or the disk is `failing`.
 */
export const STORAGE_TROUBLES = ['full', 'readonly', 'denied', 'gone', 'locked', 'failing'] as const

/** Something that keeps a run from being written: training waits, with all it has in memory, until it has passed. */
export const StorageTroubleSchema = v.object({
  kind: v.picklist(STORAGE_TROUBLES),
  /** One line: what happened, to which file, what to do. */
  message: v.string(),
  why: v.optional(ExplanationSchema),
})
/** See {@link StorageTroubleSchema}. */
export type StorageTrouble = v.InferOutput<typeof StorageTroubleSchema>
