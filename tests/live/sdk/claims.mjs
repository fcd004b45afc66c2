// What the programs for Node need: claims, and refusals that must come.

import assert from 'node:assert/strict'

/** Says what has just been shown; the test compares these lines. */
export const claim = text => console.log(text)

/** The call must be refused as `fits` demands. */
export const refused = (call, fits) => assert.rejects(call, error => {
  assert.ok(fits(error), `${error.constructor.name} ${error.code}: ${error.message}`)
  return true
})
