'use strict';

// A request that neither answers nor fails nor keeps the process alive.
const { EventEmitter } = require('node:events');
const http = require('node:http');

http.request = () => {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (...args) => setTimeout(...args).unref();
  return Object.assign(new EventEmitter(), { end() {}, destroy() {} });
};
