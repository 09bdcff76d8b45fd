// What libprotobuf's own C++ reader makes of texts, for differential.py: g++ -O2 peer.cpp -lprotobuf
//
// First argument: a serialized FileDescriptorProto. Standard input: for each text its message type, a blank,
// its length in bytes, a line feed, the text. Standard output: for each a line "refused line:column" (from 1;
// columns as C++ counts them) or "accepted length", and then that many bytes of the message, serialized.

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <string>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

namespace pb = google::protobuf;

class First : public pb::io::ErrorCollector {
 public:
  int line = -1, column = -1;
  bool failed = false;
  void AddError(int at_line, int at_column, const std::string&) override {
    if (!failed) line = at_line, column = at_column;
    failed = true;
  }
  void AddWarning(int, int, const std::string&) override {}
};

int main(int, char** argv) {
  std::ios::sync_with_stdio(false);
  std::ifstream file(argv[1], std::ios::binary);
  pb::FileDescriptorProto proto;
  if (!proto.ParseFromIstream(&file)) return 2;
  pb::DescriptorPool pool;
  const pb::FileDescriptor* built = pool.BuildFile(proto);
  if (built == nullptr) return 2;
  pb::DynamicMessageFactory factory(&pool);
  std::string type;
  size_t length;
  while (std::cin >> type >> length) {
    std::cin.get();
    std::string text(length, '\0');
    std::cin.read(&text[0], length);
    const pb::Descriptor* descriptor = built->FindMessageTypeByName(type);
    if (descriptor == nullptr) return 2;
    std::unique_ptr<pb::Message> message(factory.GetPrototype(descriptor)->New());
    First errors;
    pb::TextFormat::Parser parser;
    parser.RecordErrorsTo(&errors);
    pb::io::ArrayInputStream input(text.data(), static_cast<int>(length));
    if (!parser.Parse(&input, message.get())) {
      std::cout << "refused " << errors.line + 1 << ":" << errors.column + 1 << "\n" << std::flush;
      continue;
    }
    std::string bytes = message->SerializePartialAsString();
    std::cout << "accepted " << bytes.size() << "\n" << bytes << std::flush;
  }
}
