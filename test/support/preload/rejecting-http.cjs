'use strict';

// A promise that rejects, which nobody awaits.
const http = require('node:http');
const { request } = http;

http.request = (...args) => {
  Promise.reject(new Error('rejected unawaited'));
  return request(...args);
};
