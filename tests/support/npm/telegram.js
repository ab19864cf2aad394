// Starts telegram-test-api: `node telegram.js PORT`.
const TelegramServer = require("telegram-test-api");

const port = Number(process.argv[2]);
new TelegramServer({ port, host: "127.0.0.1", storeTimeout: 3600 })
  .start()
  .then(() => console.log("ready"));
