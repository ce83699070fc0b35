import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { descriptorSize } from '../../main/quality/descriptors'
import { Gauge, type GaugeLevel } from '../../main/quality/gauge'
import { levelSides } from '../../main/quality/pyramid'
import { slicedDistance, unitDirections } from '../../main/quality/slicedDistance'

/** Written by `tests/oracle/slicedWasserstein.py`. */
const FOLDER = resolve('tests/oracle/quality')

type About = {
  resolution: number
  channels: number
  pictures: number
  each: number
  vectors: number
  sides: number[]
  distance: number
  levels: number[]
}

function read(name: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(resolve(FOLDER, name)))
}

test.each(['64px-3ch', '16px-1ch', '8px-4ch', '4px-3ch'])(
  'the distance is the numpy reference’s: %s',
  (name) => {
    const about = JSON.parse(readFileSync(resolve(FOLDER, `${name}.json`), 'utf8')) as About
    const pixels = read(`${name}.u8`)
    const corners = new Uint16Array(read(`${name}.u16`).buffer)
    const normals = new Float32Array(read(`${name}.f32`).buffer)
    const size = descriptorSize(about.channels)
    expect(levelSides(about.resolution)).toEqual(about.sides)
    const part = <T extends Uint16Array | Float32Array>(of: T, i: number): T =>
      of.subarray(
        (i * of.length) / about.sides.length,
        ((i + 1) * of.length) / about.sides.length,
      ) as T
    const levels = about.sides.map((side, i): GaugeLevel => ({
      side,
      corners: part(corners, i),
      directions: unitDirections(part(normals, i), size),
    }))
    expect(levels[0]!.directions).toHaveLength(about.vectors * size)
    const gauge = new Gauge(about, levels)
    const [reals, fakes] = [0, 1].map((set) => {
      const gathering = gauge.gather()
      gathering.add(pixels.subarray((set * pixels.length) / 2, ((set + 1) * pixels.length) / 2))
      return gathering.projections()
    }) as [Float32Array[], Float32Array[]]
    const relative = (value: number, expected: number) => Math.abs(value / expected - 1)
    reals.forEach((real, i) =>
      expect(relative(slicedDistance(real, fakes[i]!), about.levels[i]!)).toBeLessThan(1e-4),
    )
    expect(relative(Gauge.distance(reals, fakes), about.distance)).toBeLessThan(1e-4)
  },
)
