import { expect, test } from 'vitest'
import type { ChangedSetting } from '../../shared/domain/settingsChange'
import type { NotableEvent } from '../../renderer/state/runFold'
import { CONFIG } from '../store/home'
import { samplesBefore, SettingsDraft } from '../../renderer/state/settingsDraft.svelte'

const settings = (seq: number, ...changed: Partial<ChangedSetting>[]): NotableEvent => ({
  seq,
  at: seq,
  body: {
    kind: 'settings',
    imagesSeen: 16 * seq,
    changed: changed.map((one) => {
      return { setting: 'qualitySamples', resolution: null, before: 0, after: 0, ...one }
    }),
  },
})

test('quality that is switched on again is measured on as many samples as before', () => {
  expect(samplesBefore([])).toBe(256)
  const off = settings(3, { setting: 'tickImages', before: 9, after: 8 }, { before: 500 })
  expect(samplesBefore([off])).toBe(500)
  const on = settings(4, { after: 500 })
  expect(samplesBefore([settings(5, { before: 64 }), on, off])).toBe(64)
  const draft = new SettingsDraft({ ...CONFIG, qualitySamples: 0 }, 16, samplesBefore([off]))
  expect(draft.change).toBeNull()
  draft.quality = true
  expect(draft.change).toMatchObject({ qualitySamples: 500 })
})
