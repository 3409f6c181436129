// Keeps the first fault that protobuf finds in a text: what follows is seldom a fault of its own.
// Internal to models.
#pragma once

#include <string>

#include <google/protobuf/io/tokenizer.h>

namespace saltus {

class FirstTextError final : public google::protobuf::io::ErrorCollector {
  public:
    void AddError(int line,
                  google::protobuf::io::ColumnNumber column,
                  const std::string& message) override {
        if (!message_.empty()) {
            return;
        }
        place_ = ':' + std::to_string(line + 1) + ':' + std::to_string(column + 1);
        message_ = message;
    }

    // ":3:14"
    [[nodiscard]] const std::string& place() const { return place_; }

    [[nodiscard]] const std::string& message() const { return message_; }

  private:
    std::string place_;
    std::string message_;
};

}  // namespace saltus
