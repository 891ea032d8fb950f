// The plugins' engine behind plain C functions, so that tests can drive it without a host.
#include <cstring>
#include <string>

#include "engine.hpp"

using afx::plugin::Engine;

extern "C" {

Engine* engine_new(bool live, double rate_hz) { return new Engine(live, rate_hz); }
void engine_delete(Engine* engine) { delete engine; }
int engine_latency(Engine* engine) { return engine->latency_frames(); }
void engine_set_value(Engine* engine, int parameter, float value) { engine->set_value(parameter, value); }
float engine_value(Engine* engine, int parameter) { return engine->value(parameter); }
void engine_activate(Engine* engine, double rate_hz) { engine->activate(rate_hz); }
void engine_deactivate(Engine* engine) { engine->deactivate(); }
void engine_run(Engine* engine, const float* left, const float* right, float* out_left, float* out_right, int frames) {
  const float* x[] = {left, right};
  float* y[] = {out_left, out_right};
  engine->run(x, y, frames);
}

// The reason of a refusal, empty when loaded; the text lives until the next call.
const char* engine_set_document(Engine* engine, const char* text, int size) {
  static std::string why;
  why = engine->set_document(std::string(text, static_cast<std::size_t>(size))).why;
  return why.c_str();
}
const char* engine_document(Engine* engine) {
  static std::string text;
  text = engine->document();
  return text.c_str();
}
int engine_parameter(const char* symbol) {
  for (int p = 0; p < afx::plugin::kParameterCount; ++p) {
    if (std::strcmp(afx::plugin::parameter_info(p).symbol, symbol) == 0) return p;
  }
  return -1;
}

}  // extern "C"
