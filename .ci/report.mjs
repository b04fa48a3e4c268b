// What a file in vitest's JSON report says of itself.

/** Tests that had not ended when their process did: neither passed nor failed. */
export const unended = (file) => file.assertionResults.filter((test) => test.status === "pending");

export const hasFailed = (file) =>
  file.status === "failed" || unended(file).length > 0 ||
  file.assertionResults.some((test) => test.status === "failed");
