import * as v from 'valibot'

/**
 * All that can go wrong in a way that Sprout knows, by a code that stays the same once files hold it. The text is what a
 * terminal reads; a window has words of its own for each code (`why_<code>` of its catalogs). Names in braces are filled
 * in: figures as numbers, names and what a library or the system said (`detail`) as text, and `reason` may be explained
 * itself.
 */
export const EXPLANATIONS = {
  // Pictures and where they come from.
  folder_missing: 'There is no folder {folder}.',
  folder_is_file: '{path} is a file; choose the folder that holds the pictures.',
  folder_empty:
    'The folder {folder} is empty of pictures; Sprout reads JPEG, PNG, WebP, GIF, AVIF and TIFF files.',
  folder_useless: 'The folder {folder} is empty of pictures; {path}: {reason}.',
  none_readable: 'There is no readable picture in {folder}.',
  none_readable_first: 'There is no readable picture in {folder}; the first, {path}: {reason}.',
  digits_size: 'The handwritten digits are {size} px; choose {size} px or less.',
  preparing_elsewhere:
    'These pictures are being prepared by another process; wait for it to finish.',
  preparing_now: '{file} is being prepared; cancel that before you delete it.',
  pictures_needed: 'These pictures are needed by “{run}”; delete what needs them first.',
  pictures_needed_more:
    'These pictures are needed by “{run}” and {more} more; delete what needs them first.',
  // Why a single file is left out; shown beside its name, so without a full stop.
  skip_not_picture: 'not a picture format that Sprout can read',
  skip_cut_short: 'the file is cut short',
  skip_too_large: 'the picture is too large',
  skip_slow: 'decoding took longer than {seconds} s',
  skip_denied: 'no permission to read it',
  skip_gone: 'the file is gone',
  skip_long_path: 'its path is too long',
  skip_not_regular: 'the file is no regular file',
  skip_empty: 'the file is empty',
  skip_heavy: 'the file is larger than {megabytes} MB',
  skip_folder_unreadable: 'the folder cannot be read',
  skip_bad_name: 'its name is not text in UTF-8; rename it',
  skip_broken_link: 'the link leads nowhere',
  skip_format: 'Sprout cannot read {format}; save it as PNG or JPEG',
  skip_same: 'the same as {path}',
  skip_damaged: 'damaged: {detail}',
  // Prepared pictures and the settings of a run.
  dataset_missing: 'There is no dataset {id} ({file}); prepare its pictures again.',
  dataset_unfinished: 'The dataset {name} is not fully prepared yet; prepare it again.',
  dataset_misfit:
    'The dataset {name} was prepared for {size} px and {channels} channels; this run needs {neededSize} px and {neededChannels}.',
  dataset_too_small: '{file} was prepared up to {size} px; prepare its pictures for {needed} px.',
  dataset_not_here:
    'The prepared pictures of this run are not here ({file}), so how they were cropped is not known. Prepare them again, or begin a new run.',
  dataset_changed:
    'There were {before} pictures when this run began and there are {now} now; a branch needs the same ones. Begin a new run with these.',
  few_pictures:
    'The dataset has {pictures} pictures, fewer than one batch of {batch}; add pictures or choose a smaller batch.',
  one_picture:
    'The dataset has 1 picture, fewer than one batch of {batch}; add pictures or choose a smaller batch.',
  classes_none:
    'Training by class needs pictures in two sub-folders or more, one for each class; there are none.',
  classes_one:
    'Training by class needs pictures in two sub-folders or more, one for each class; there is one.',
  class_empty:
    'The class "{name}" has no usable pictures, fewer than {least}; add pictures to its sub-folder, or remove it.',
  class_small:
    'The class "{name}" has {pictures} pictures, fewer than {least}; add pictures to its sub-folder, or remove it.',
  picture_without_class:
    '1 picture has no class; move what lies directly in the folder into sub-folders, or train without classes.',
  pictures_without_class:
    '{pictures} pictures have no class; move what lies directly in the folder into sub-folders, or train without classes.',
  picture_damaged:
    '{file} is damaged: picture {number} at {size} px cannot be read: {detail}. It can be mended: sprout repair {id}',
  change_quality:
    'New stages of this run start from the best weights, so its quality has to be measured as it is.',
  change_begun: 'The {phase} phase at {size} px has begun, so its length can no longer be changed.',
  // Runs, and who holds them.
  run_missing: 'There is no run {run}: {file} does not exist.',
  run_unknown: 'There is no run {run}.',
  run_in_use: 'Run {run} is being trained by another process; stop it there first.',
  run_pinned_elsewhere:
    'This run is being trained by another process; its checkpoints are pinned there.',
  run_trains_delete: 'This run is being trained; stop it before you delete it.',
  run_trains_rewind: 'This run is being trained; stop it before it goes back.',
  run_trains_repair: 'Run {run} is being trained; stop it before you repair it.',
  run_not_in_trash: 'The run {run} is not in the trash any more.',
  run_exists: '{file} exists already; the deleted run stays in the trash.',
  run_writing: '{file} is being written by another process; try again in a moment.',
  run_misnamed: '{file} holds the {kind} {id}; rename it to {id}.sqlite.',
  lock_unusable: 'The lock file {file} cannot be used: {detail}. Delete it and try again.',
  closing: 'Sprout is closing; start it again to train.',
  // What ends or hinders training.
  loss_not_a_number:
    'A loss is no longer a number at {size} px ({phase}), step {step}. Nothing of that was stored: the run stands at its last checkpoint. Resuming goes on from there; if it happens again, take a lower learning rate.',
  weight_not_a_number:
    'The tensor {tensor} is no longer a number at {size} px ({phase}), step {step}. Nothing of that was stored: the run stands at its last checkpoint. Resuming goes on from there; if it happens again, take a lower learning rate.',
  device_lost:
    'The device ({device}) was lost or failed in program "{program}": {detail} Training goes on from the last checkpoint; another device can be chosen for it.',
  device_differs:
    'The device {device} computes something else than the CPU at {size} px ({phase}): {tensor} differs {amount}. Nothing was trained with it there; go on with the CPU: --device cpu.',
  program_unloadable: 'ONNX Runtime cannot load program "{program}": {detail}',
  program_unrunnable: 'ONNX Runtime cannot run program "{program}": {detail}',
  state_lacking:
    'The saved state of the {size} px {phase} phase lacks "{name}"; go on from an earlier checkpoint.',
  reader_ended: 'The thread that reads pictures ended before its work was done.',
  quality_stopped: 'Quality is not measured any more: {detail}',
  checkpoint_gone: '{file} has no checkpoint {id} any more; newer ones took its place.',
  checkpoint_damaged: '{file}: {detail}',
  too_large_for_branch: '{file}: {problem} Branch from the checkpoint instead.',
  // Writing and reading files.
  disk_full: 'Disk full; {what} of {file} could not be stored. Make room.',
  disk_full_left:
    'Disk full: {free} MB free in {folder}; {what} of {file} could not be stored. Make room.',
  file_readonly:
    '{file} cannot be written ({detail}); {what} could not be stored. Make the file and {folder} writable.',
  file_locked:
    '{file} is locked by another program; {what} could not be stored. Close what uses it.',
  disk_failing: '{file}: {what} could not be stored: {detail}. Check the disk that {folder} is on.',
  file_gone:
    '{file} was moved, deleted or replaced while it was in use; nothing can be stored in it. Put it back.',
  file_rewritten:
    '{file} was deleted while the run was trained; it was written anew, with all that was in it.',
  file_rewritten_kept:
    '{file} was replaced while the run was trained; it was written anew, with all that was in it. The other file is kept as {kept}.',
  file_damaged: '{file} is damaged: {detail}. It can be repaired: sprout repair {id}',
  file_foreign: '{file} is not a Sprout {kind} file, or its beginning is damaged.',
  file_newer:
    '{file} has format {version}, from a newer Sprout; this one reads up to {newest}. Update Sprout to open it.',
  file_missing: 'There is no file {file}.',
  file_in_use: '{file} is in use; try again in a moment.',
  file_not_upgraded:
    '{file} could not be upgraded from format {from} to {to} and stays as it was: {detail}.',
  file_unwritten: 'Could not write {file}: {detail}. Choose another folder or make room.',
  copy_unwritten: '{file} could not be written: {detail}.',
  copy_onto_itself: "{file} is the run's own file; choose another place for the copy.",
  folder_taken: '{folder} exists already; choose a name that is not taken yet.',
  home_unusable:
    'Sprout cannot write to its folder {folder}: {detail}. Make it writable or choose another one.',
  import_no_file: '{file} is no regular file; choose the run file itself.',
  import_folder: '{file} is a folder; choose the run file itself.',
  import_layout: '{file} is not laid out as a run file is; it was not opened.',
  import_damaged: '{file} is damaged: {detail}.',
  import_failed: '{file} cannot be imported: {detail}',
  // Repairs.
  repair_run_lost:
    '{file} cannot be repaired: what the run is and its settings are lost. The file stays as it is.',
  repair_dataset_lost:
    '{file} cannot be repaired: how its pictures were prepared is lost. Delete it and prepare the pictures again.',
  repair_failed: '{file} cannot be repaired: {detail}',
  repair_picture:
    'Picture {path} is damaged in the dataset and cannot be prepared anew: {detail}. Put it back where it was, then repair again.',
  repair_preparing: '{file} is being prepared; cancel that before you repair it.',
  // Samples and exports.
  no_checkpoint: 'This run has no checkpoint to draw from yet; train it a little first.',
  no_checkpoint_to_look: 'This run has no checkpoint to look into yet; train it a little first.',
  no_mosaics: 'This run has no mosaics to show yet; train it a little first.',
  no_such_tile: 'The mosaics have {count} pictures, none numbered {tile}.',
  no_classes: 'This run was trained without classes, so it cannot draw "{name}" alone.',
  no_such_class: 'This run has no class "{name}"; it has {classes}.',
  frames_too_many:
    '{count} frames of {width} by {height} pixels are too many; choose a smaller width, a shorter time or fewer frames a second.',
  onnx_differs:
    'The exported model draws other pictures than Sprout (they differ by {difference} at batch {batch}); it was not saved.',
  mosaic_damaged: 'A mosaic in the run file is damaged: it is no WebP picture.',
  no_fade_there: 'The checkpoint at {images} images is in no fade.',
  // Devices and engines.
  devices_busy: 'Devices are being tried already; wait, or stop that.',
  engine_missing:
    'The TensorFlow engine is not installed. Install it with: sprout engine add tensorflow',
  engine_busy: 'The engine is being worked on; wait for that, or stop it.',
  engine_in_use: '“{run}” is training with this engine; stop it before you change the engine.',
  engine_unloadable:
    'The TensorFlow engine in {folder} does not load: {detail}. Repair it with: sprout engine repair tensorflow',
  engine_no_room:
    'Installing the TensorFlow engine takes {needed} of free disk in {folder}, and {room} are free. Make room, or name another folder with SPROUT_ENGINES, and try again.',
  engine_unsupported: 'The TensorFlow engine can be installed on 64-bit Linux (x86) alone.',
  engine_no_compiler:
    'Building the TensorFlow engine takes g++; install it (on Debian: apt-get install g++) and try again.',
  engine_no_python:
    'Downloading TensorFlow takes Python 3 with its venv module; install it (on Debian: apt-get install python3-venv) and try again.',
  engine_no_npm: 'Installing an engine takes npm; install Node.js with npm and try again.',
  engine_offline:
    'There is no connection to download {what}: connect to the internet and try again. What was downloaded elsewhere is taken with: sprout engine add tensorflow --from PATH',
  engine_not_downloaded: '{what} cannot be downloaded: {detail}',
  engine_wrong_download:
    'What was downloaded of {what} is not {file} with the {algorithm} that Sprout expects; nothing was installed.',
  engine_not_built: "The engine's binding cannot be built: {detail}",
  engine_not_here: 'The TensorFlow engine does not load on this system: {detail}',
  // Processes.
  worker_ended: 'The {worker} process ended unexpectedly (exit code {code}).',
  worker_out_of_memory:
    'The {worker} process ended unexpectedly (exit code {code}). It ran out of memory: close other programs, or choose a smaller batch.',
  worker_killed:
    'The {worker} process ended unexpectedly (exit code {code}). The system may have ended it since memory ran out.',
  worker_silent: 'The {worker} process gave no sign of life for {seconds} s and was ended.',
  service_ended: 'The {service} process has ended.',
  service_restarted: 'The {service} process was started anew; try again.',
  job_crashed: 'The process of job "{job}" died ({how}){lastWords}',
  job_silent: 'Job "{job}" gave no sign of life for {seconds} s and was ended.',
  job_slow: 'Job "{job}" was not done after {seconds} s and was ended.',
} as const

/** One of {@link EXPLANATIONS}. */
export type ExplanationCode = keyof typeof EXPLANATIONS

type NamesIn<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never

/** What fills one place in an explanation's text. */
export type ExplanationValue = string | number | Explanation
/** Why something did not work, for a window to put into words. A code may be one of a newer Sprout. */
export type Explanation = { code: string; values: Record<string, ExplanationValue> }

/** See {@link Explanation}. */
export const ExplanationSchema: v.GenericSchema<Explanation> = v.object({
  code: v.string(),
  values: v.record(v.string(), v.union([v.string(), v.number(), v.lazy(() => ExplanationSchema)])),
})

/** What is told of something that went wrong: in English, and why where that is known. */
export const ComplaintSchema = v.object({
  message: v.string(),
  why: v.optional(ExplanationSchema),
})
/** See {@link ComplaintSchema}. */
export type Complaint = { readonly message: string; readonly why?: Explanation | undefined }

type ValuesOf<C extends ExplanationCode> = {
  readonly [Name in NamesIn<(typeof EXPLANATIONS)[C]>]: ExplanationValue
}

/** An explanation with what its text needs. */
export function because<C extends ExplanationCode>(code: C, values: ValuesOf<C>): Explanation {
  return { code, values }
}

/** An error that knows why, in a way that a window can put into a person's language; its message is the English text. */
export class ExplainedError extends Error {
  readonly why: Explanation

  constructor(why: Explanation, options?: ErrorOptions, message: string = inEnglish(why)) {
    super(message, options)
    this.why = why
  }
}

/** The error to throw for what is known under `code`. */
export function explained<C extends ExplanationCode>(
  code: C,
  values: ValuesOf<C>,
  options?: ErrorOptions,
): ExplainedError {
  return new ExplainedError(because(code, values), options)
}

/** The text of an explanation as a terminal reads it; the code alone where this Sprout does not know it. */
export function inEnglish({ code, values }: Explanation): string {
  if (!isKnownCode(code)) return code
  return EXPLANATIONS[code].replace(/\{(\w+)\}/g, (_place, name: string) => {
    const value = values[name]
    return typeof value === 'object' ? inEnglish(value) : `${value ?? ''}`
  })
}

/** False for what a newer Sprout may say. */
export function isKnownCode(code: string): code is ExplanationCode {
  return Object.hasOwn(EXPLANATIONS, code)
}

/** What is told of whatever was thrown. */
export function complaintOf(thrown: unknown): Complaint {
  if (!(thrown instanceof Error)) return { message: String(thrown) }
  const { message } = thrown
  // By its field and not its class, which errors lose on their way from a thread.
  if (!('why' in thrown)) return { message }
  const parsed = v.safeParse(ExplanationSchema, thrown.why)
  return parsed.success ? { message, why: parsed.output } : { message }
}

/** The error that a complaint from another process was. */
export function errorOf({ message, why }: Complaint, options?: ErrorOptions): Error {
  if (why === undefined) return new Error(message, options)
  return new ExplainedError(why, options, message)
}

/** The same explanation with each text in it changed, as where it names a file by another name than a person knows. */
export function withTexts(
  { code, values }: Explanation,
  change: (text: string) => string,
): Explanation {
  const changed = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'string' ? change(value) : value,
  ])
  return { code, values: Object.fromEntries(changed) as Explanation['values'] }
}
