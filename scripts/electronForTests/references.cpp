// Node-API 10 allows references to any value, Node-API 8 to objects, functions and symbols alone. An addon
// made for 10 has its three reference functions renamed to these, which keep any other value inside a tagged
// object and hand out what is inside.
#define NAPI_VERSION 8
#include <node_api.h>

#define EXPORTED extern "C" __attribute__((visibility("default")))

namespace {

constexpr napi_type_tag kBox = {0x5b6d2f1c9a7e4d03, 0x8c11e7f24a905d6e};

bool can_be_referenced(napi_valuetype type) {
  return type == napi_object || type == napi_function || type == napi_symbol || type == napi_external;
}

napi_status put_in_box(napi_env env, napi_value value, napi_value* box) {
  napi_status status = napi_create_object(env, box);
  if (status == napi_ok) status = napi_type_tag_object(env, *box, &kBox);
  if (status == napi_ok) status = napi_set_element(env, *box, 0, value);
  return status;
}

}  // namespace

EXPORTED napi_status box_create_reference(napi_env env, napi_value value, uint32_t count, napi_ref* out) {
  napi_valuetype type;
  napi_status status = napi_typeof(env, value, &type);
  if (status != napi_ok) return status;
  if (can_be_referenced(type)) return napi_create_reference(env, value, count, out);
  napi_value box;
  status = put_in_box(env, value, &box);
  // Nobody else holds the box, so a weak reference to it would lose the value at once.
  return status == napi_ok ? napi_create_reference(env, box, count == 0 ? 1 : count, out) : status;
}

EXPORTED napi_status box_get_reference_value(napi_env env, napi_ref reference, napi_value* out) {
  napi_status status = napi_get_reference_value(env, reference, out);
  if (status != napi_ok || *out == nullptr) return status;
  napi_valuetype type;
  bool boxed = false;
  status = napi_typeof(env, *out, &type);
  if (status != napi_ok || type != napi_object) return status;
  status = napi_check_object_type_tag(env, *out, &kBox, &boxed);
  return status == napi_ok && boxed ? napi_get_element(env, *out, 0, out) : status;
}
