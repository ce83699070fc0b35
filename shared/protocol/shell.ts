import * as v from 'valibot'
import { ComplaintSchema } from '../domain/explanation'
import { THEMES } from '../domain/appearance'
import { DeviceSchema } from '../domain/device'
import type { ServiceSpec } from './service'

const runId = v.object({ runId: v.string() })
const nothing = v.void()
const theme = v.picklist(THEMES)

/** What closing the window while a run trains does: ask each time, train on unseen, or save, stop and quit. */
export const WhenClosingSchema = v.picklist(['ask', 'background', 'stop'])
/** See {@link WhenClosingSchema}. */
export type WhenClosing = v.InferOutput<typeof WhenClosingSchema>

const closingChoice = v.picklist(['background', 'stop', 'cancel'])
/** A person's answer to `closeAsked`. */
export type ClosingChoice = v.InferOutput<typeof closingChoice>

/** Electron's main process: windows, dialogs and the lives of trainer workers. */
export const shell = {
  name: 'shell',
  requests: {
    /** Asks the person for a folder; null when they changed their mind. */
    chooseFolder: { input: nothing, output: v.nullable(v.string()) },
    /** Asks where to save, a folder when `extension` is empty; null when they changed their mind. */
    chooseSaveFile: {
      input: v.object({ suggestedName: v.string(), extension: v.string() }),
      output: v.nullable(v.string()),
    },
    /** Puts a text on the clipboard. */
    copyText: { input: v.object({ text: v.string() }), output: nothing },
    /** Asks for a file with one of these extensions (no dot); null when they changed their mind. */
    chooseOpenFile: {
      input: v.object({ extensions: v.array(v.string()) }),
      output: v.nullable(v.string()),
    },
    /** Goes on with a drag that began in the window as one of this file, a copy that `copyRunForDrag` made. */
    dragFile: { input: v.object({ file: v.string() }), output: nothing },
    showInFolder: { input: v.object({ file: v.string() }), output: nothing },
    /**
     * Starts the run's trainer, or queues it behind the one that trains. A port named `trainer:<runId>`
     * follows when it is up. It trains on `device`, which the run then keeps, or on the one that it had last.
     */
    train: {
      input: v.object({ ...runId.entries, device: v.optional(DeviceSchema) }),
      output: v.picklist(['started', 'queued']),
    },
    /** Takes a run that waits out of the queue; nothing happens when it does not wait (any more). */
    leaveQueue: { input: runId, output: nothing },
    /** Hands over a port to a trainer that is already up; false when there is none. */
    watch: { input: runId, output: v.boolean() },
    trainingRuns: {
      input: nothing,
      output: v.object({ training: v.nullable(v.string()), queued: v.array(v.string()) }),
    },
    theme: { input: nothing, output: theme },
    /** Colours the window, and every later one. */
    setTheme: { input: v.object({ theme }), output: nothing },
    /** Answers `closeAsked`; `remember` makes it the answer of later times, too. */
    answerClose: {
      input: v.object({ choice: closingChoice, remember: v.boolean() }),
      output: nothing,
    },
    whenClosing: { input: nothing, output: WhenClosingSchema },
    setWhenClosing: { input: v.object({ wanted: WhenClosingSchema }), output: nothing },
    /** Tells the person by way of the system, unless they are looking at the window; false when nothing was shown. */
    notify: {
      input: v.object({ title: v.string(), body: v.string() }),
      output: v.boolean(),
    },
    about: {
      input: nothing,
      output: v.object({ version: v.string(), electron: v.string(), home: v.string() }),
    },
  },
  events: {
    trainersChanged: v.object({ training: v.nullable(v.string()), queued: v.array(v.string()) }),
    /** The person closes the window while a run trains: ask what they want. */
    closeAsked: v.object({}),
    /** A worker ended without being asked to. */
    workerDied: v.object({
      worker: v.string(),
      runId: v.nullable(v.string()),
      ...ComplaintSchema.entries,
      /** Crashes of this run in a row, this one included; 0 when it told why it ended. */
      crashes: v.optional(v.number(), 0),
      /** About many crashes in a row, to be copied: `plain` without names of files and folders. */
      report: v.optional(v.nullable(v.object({ plain: v.string(), full: v.string() })), null),
    }),
  },
} as const satisfies ServiceSpec
