// The compiled module: one register_* function per topic, each in a file of its own.
#include "register.hpp"

NB_MODULE(_core, m) {
  m.doc() = "The C++ core of afxplugin: kernels, rates, chains, meters, rings and the callback of audio devices. Its documented faces are the rooms' modules.";
  register_isa(m);
  register_kernel(m);
  register_rates(m);
  register_chain(m);
  register_meters(m);
  register_ring(m);
  register_device(m);
}
