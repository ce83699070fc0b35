import { existsSync } from 'node:fs'

/**
 * A name beside `path`, free until now, for a file of which nothing shall be lost though another takes its place: one
 * that is damaged, or that was put there while the run was trained.
 */
export function keptName(path: string, why: 'damaged' | 'replaced'): string {
  let kept = `${path}.${why}`
  for (let number = 2; existsSync(kept); number++) kept = `${path}.${why}-${number}`
  return kept
}
