import { parentPort, workerData } from 'node:worker_threads'
import { imagesOfStep } from '../../shared/schedule'
import { DatasetFile } from '../store/datasetFile'
import { fillSlot, slotViews } from './inputSlots'
import { Minibatches } from './minibatches'
import { PRODUCED, RELEASED, STOPPED, type ReaderTask } from './readerTask'

/**
 * The reader's thread: prepares the inputs of one step after the other into the slots of a ring, until the segment
 * ends or it is told to stop, and sleeps while the ring is full. What goes wrong ends the thread and is told to who
 * started it.
 */
function read(task: ReaderTask): void {
  const { config, segment, layout, memory, slots, end } = task
  const counters = new Int32Array(task.counters)
  const dataset = DatasetFile.open(task.datasetFile)
  try {
    const labels = config.classes === null ? null : dataset.labels()
    const level = dataset.openLevel(segment.resolution)
    const minibatches = new Minibatches(config, segment, level, labels)
    for (let done = 0; ; done++) {
      const imagesSeen = task.imagesSeen + done * imagesOfStep(config, segment)
      if (imagesSeen >= end) return
      let released = Atomics.load(counters, RELEASED)
      while (done - released >= slots) {
        Atomics.wait(counters, RELEASED, released)
        released = Atomics.load(counters, RELEASED)
      }
      if (released === STOPPED) return
      const inputs = minibatches.inputsAt(imagesSeen, task.step + done)
      fillSlot(slotViews(layout, memory, done % slots), inputs)
      Atomics.store(counters, PRODUCED, done + 1)
      parentPort!.postMessage(done + 1)
    }
  } finally {
    dataset.close()
  }
}

read(workerData as ReaderTask)
