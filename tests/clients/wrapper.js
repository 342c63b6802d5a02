// Calls the unmodified npm client; prints what it gives, or the answer that it failed with.
const { ocrSpace } = require('ocr-space-api-wrapper');

console.error = () => {};
// Ends at once: kept connections would keep the process until the server closes them.
const print = (shown) => process.stdout.write(JSON.stringify(shown), () => process.exit(0));

ocrSpace(process.argv[2], JSON.parse(process.argv[3])).then(print, (error) =>
  print({ status: error.response?.status, data: error.response?.data ?? error.message }),
);
