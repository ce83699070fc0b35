import { expect, test } from 'vitest'
import type { RunSummary } from '../../shared/domain/run'
import { RunList } from '../../main/library/runList'

const run = (id: string) => ({ id }) as RunSummary

test('tells each asker what changed since it asked, and who is there', () => {
  const list = new RunList()
  const [a, b] = [run('a'), run('b')]
  const first = list.since([a, b], 0)
  expect(first).toMatchObject({ changed: [a, b], ids: ['a', 'b'] })
  expect(list.since([a, b], first.revision)).toEqual({
    revision: first.revision,
    changed: [],
    ids: ['a', 'b'],
  })
  const changed = run('b')
  const second = list.since([a, changed], first.revision)
  expect(second.changed).toEqual([changed])
  expect(list.since([a, changed], 0).changed).toEqual([a, changed])
  // Another asker, who saw the first state only.
  expect(list.since([a, changed], first.revision).changed).toEqual([changed])
  expect(list.since([changed], second.revision)).toMatchObject({ changed: [], ids: ['b'] })
  // Gone and back again.
  expect(list.since([changed, a], second.revision).changed).toEqual([a])
})

test('an asker of an earlier process is told everything', async () => {
  const before = new RunList().since([run('a')], 0).revision
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(new RunList().since([run('a')], before).changed).toHaveLength(1)
})
