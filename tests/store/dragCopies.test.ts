import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { copyForDrag, dropDragCopies } from '../../main/store/dragCopies'
import { RunFile } from '../../main/store/runFile'
import { createRun, temporaryHome, tick } from './home'

const home = temporaryHome()
afterAll(home.remove)

function newestImages(file: string): number {
  const run = RunFile.openForReading(file)
  const last = run.eventsAfter(0, 100).at(-1)!.body
  run.close()
  return last.kind === 'tick' ? last.imagesSeen : NaN
}

test('a copy for dragging has the name of the run and is made anew once the run has grown', async () => {
  const run = createRun(home, 'oak')
  run.recordEvent(tick(1024))
  const first = await copyForDrag(home, { id: 'oak', name: 'Old: oak' })
  expect(basename(first)).toBe('Old oak.sprout')
  expect(newestImages(first)).toBe(1024)

  const { ino } = statSync(first)
  expect(await copyForDrag(home, { id: 'oak', name: 'Old: oak' })).toBe(first)
  expect(statSync(first).ino).toBe(ino)

  // Rows of a run that is open stand in its log.
  await new Promise((wait) => setTimeout(wait, 20))
  run.recordEvent(tick(2048))
  expect(newestImages(await copyForDrag(home, { id: 'oak', name: 'Old: oak' }))).toBe(2048)
  const renamed = await copyForDrag(home, { id: 'oak', name: 'Elm' })
  expect(readdirSync(join(home.copiesFolder, 'oak'))).toEqual(['Elm.sprout'])
  expect(newestImages(renamed)).toBe(2048)
  run.close()

  dropDragCopies(home)
  expect(existsSync(home.copiesFolder)).toBe(false)
})
