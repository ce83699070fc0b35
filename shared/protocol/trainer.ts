import * as v from 'valibot'
import { NoteTextSchema, SettingsChangeSchema } from '../domain/settingsChange'
import { StorageTroubleSchema } from '../domain/storageTrouble'
import { TrainEventSchema } from '../domain/trainEvent'
import type { ServiceSpec } from './service'

const nothing = v.void()

/** One run's trainer worker. It owns the run's file while it lives. */
export const trainer = {
  name: 'trainer',
  requests: {
    pause: { input: nothing, output: nothing },
    resume: { input: nothing, output: nothing },
    /** Saves a checkpoint, marks the run paused and ends the worker. */
    stop: { input: nothing, output: nothing },
    /** Saves a checkpoint after the step at hand; a `checkpoint` event tells when it is saved. */
    checkpointNow: { input: nothing, output: nothing },
    /** Keeps a checkpoint for good, or no longer; the file's only writer does it while it lives. */
    pinCheckpoint: {
      input: v.object({ checkpointId: v.number(), pinned: v.boolean() }),
      output: nothing,
    },
    /** Draws a mosaic after the step at hand, also during a pause; a `mosaic` event brings it. */
    sampleNow: { input: nothing, output: nothing },
    /** Writes a note down at the images that training has reached. */
    addNote: { input: v.object({ text: NoteTextSchema }), output: nothing },
    /** Changes settings; fails, and changes nothing, where one of them decides what has begun. */
    changeSettings: { input: SettingsChangeSchema, output: nothing },
    /** How far the run is, in images. */
    progress: {
      input: nothing,
      output: v.object({ imagesSeen: v.number(), totalImages: v.number() }),
    },
    /** What keeps the run from being written at this moment, while training waits for it to pass. */
    trouble: { input: nothing, output: v.nullable(StorageTroubleSchema) },
    /** Stored events after `afterSeq`, oldest first; with the live events this makes a view complete. */
    eventsAfter: {
      input: v.object({ afterSeq: v.number(), limit: v.number() }),
      output: v.array(TrainEventSchema),
    },
  },
  events: {
    event: TrainEventSchema,
    /** Training waits since the run cannot be written; null: it goes on. */
    trouble: v.nullable(StorageTroubleSchema),
  },
} as const satisfies ServiceSpec
