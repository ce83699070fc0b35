import * as v from 'valibot'
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
    /** Stored events after `afterSeq`, oldest first; with the live events this makes a view complete. */
    eventsAfter: {
      input: v.object({ afterSeq: v.number(), limit: v.number() }),
      output: v.array(TrainEventSchema),
    },
  },
  events: { event: TrainEventSchema },
} as const satisfies ServiceSpec
