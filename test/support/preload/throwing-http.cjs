'use strict';

// An error in a callback, where nobody awaits it.
const http = require('node:http');
const { request } = http;

http.request = (...args) => {
  setImmediate(() => {
    throw new Error('thrown in a callback');
  });
  return request(...args);
};
