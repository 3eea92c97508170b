// What js-ipfs's dependencies expect of newer versions of Node than 20.
if (!Promise.withResolvers) {
  Promise.withResolvers = function () {
    let resolve, reject
    const promise = new this((yes, no) => { resolve = yes; reject = no })
    return { promise, resolve, reject }
  }
}
